// What a lease of one message and its hop cost with many tokens in the file: SIZE that wait and SIZE that have finished,
// beside 1,000 of each in a file of the same run, in turn. The rows are made by SQL, since 10,000,000 pushes take long.
// usage: long-queue.ts SIZE
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SqliteBackend } from 'pipewright/sqlite'
import { compareHops, hopQueues } from './compare-hops.ts'
import { filledFile, numbersTo } from './filled-file.ts'

const size = Number(process.argv[2] ?? 1000)
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const few = await open('few.db', 1000)
const many = await open('many.db', size)
await compareHops(few, many, size)
rmSync(folder, { recursive: true, force: true })

function open(name: string, rows: number): Promise<SqliteBackend> {
  return filledFile(join(folder, name), { workflow: 'long', names: hopQueues }, (db) => {
    const at = '1700000000000 + i'
    db.exec(`${numbersTo(rows)}
      insert into pw_tokens (token, id, workflow, entered_at, queue, hop, status, deploy, arrived_at, value)
      select i, 'r' || i, 'long', ${at}, 1, 1, 'ready', 1, ${at}, '{"barcode": "r' || i || '"}' from n`)
    db.exec(`${numbersTo(rows)}
      insert into pw_tokens (token, id, workflow, entered_at, finished_at, left_at, outcome, hop, deploy, arrived_at)
      select ${rows} + i, 'f' || i, 'long', ${at}, ${at}, ${at}, 'done', 3, 1, ${at} from n`)
  })
}
