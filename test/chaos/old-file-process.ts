// Migrates the database at PATH, which an older version has made. Says `begin`, then `done`.
// usage: old-file-process.ts PATH
import { sqlite } from '../../src/backends/sqlite/index.ts'

process.stdout.write('begin\n')
const backend = await sqlite(process.argv[2]!)
process.stdout.write('done\n')
await backend.close()
