// What a lease of one message and its hop cost with many tokens in the file: SIZE that wait and SIZE that have finished,
// beside 1,000 of each in a file of the same run, in turn. The rows are made by SQL, since 10,000,000 pushes take long.
// usage: long-queue.ts SIZE
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Change } from 'pipewright/backend'
import type { SqliteBackend } from 'pipewright/sqlite'
import { filledFile, numbersTo } from './filled-file.ts'

const size = Number(process.argv[2] ?? 1000)
const rounds = 400
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const names = ['long/first', 'long/second'] as const
const few = await open('few.db', 1000)
const many = await open('many.db', size)
for (let i = 0; i < 50; i++) for (const backend of [few, many]) await hop(backend)
const times: Record<'few' | 'many', number[]> = { few: [], many: [] }
for (let i = 0; i < rounds; i++) {
  times.few.push(await timed(() => hop(few)))
  times.many.push(await timed(() => hop(many)))
}
const countMs = await timed(() => many.count())
await few.close()
await many.close()
rmSync(folder, { recursive: true, force: true })
const result = { size, fewMs: median(times.few), manyMs: median(times.many), countMs }
process.stdout.write(`${JSON.stringify(result)}\n`)

function open(name: string, rows: number): Promise<SqliteBackend> {
  return filledFile(join(folder, name), { workflow: 'long', names }, (db) => {
    const at = '1700000000000 + i'
    db.exec(`${numbersTo(rows)}
      insert into pw_tokens (token, id, workflow, entered_at, queue, hop, status, deploy, arrived_at, value)
      select i, 'r' || i, 'long', ${at}, 1, 1, 'ready', 1, ${at}, '{"barcode": "r' || i || '"}' from n`)
    db.exec(`${numbersTo(rows)}
      insert into pw_tokens (token, id, workflow, entered_at, finished_at, left_at, outcome, hop, deploy, arrived_at)
      select ${rows} + i, 'f' || i, 'long', ${at}, ${at}, ${at}, 'done', 3, 1, ${at} from n`)
  })
}

async function hop(backend: SqliteBackend): Promise<void> {
  const [row] = await backend.lease(names[0], { owner: 'bench', leaseMs: 30_000, timeoutMs: 60_000 })
  const { id, hop: stay, lease, frames, priority, deploy, value } = row!
  const changes: Change[] = [
    { kind: 'pop', queue: names[0], id, hop: stay, lease, event: 'moved', attempt: 1, workMs: 1 },
    { kind: 'push', queue: names[1], token: { id, hop: stay + 1, frames, priority, deploy }, value },
  ]
  await backend.commit(changes)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!
}
