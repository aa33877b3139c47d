// A process of the tests that migrates a database and says where it is; at each point it waits until it is let go on.
import { readSync, writeSync } from 'node:fs'
import { openMigrated } from '../../src/backends/sqlite/file/open-migrated.ts'
import { makeSteps } from './migration-steps.ts'

const at = (point: string) => {
  writeSync(1, `${point}\n`)
  if (readSync(0, Buffer.alloc(1)) === 0) process.exit(1)
}
openMigrated(process.argv[2]!, { migrations: makeSteps(at) })
at('committed')
