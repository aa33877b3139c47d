// What a pulse costs with SIZE tokens that wait in 200 queues, each of which has moved some in each of the last five minutes;
// and with 1,000 tokens, in turn. Prints one line of JSON. The rows are made by SQL, since 10,000,000 pushes take long.
// usage: pulse.ts SIZE
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SqliteBackend } from 'pipewright/sqlite'
import { filledFile, numbersTo } from './filled-file.ts'

const size = Number(process.argv[2] ?? 10_000_000)
const many = 200
const rounds = 200
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const names = [...Array(many).keys()].map((n) => `wide/s${n}`)
const few = await open('few.db', 1000)
const full = await open('full.db', size)
const times: Record<'few' | 'full', number[]> = { few: [], full: [] }
for (let i = 0; i < rounds; i++) {
  times.few.push(await timed(few))
  times.full.push(await timed(full))
}
await few.close()
await full.close()
rmSync(folder, { recursive: true, force: true })
process.stdout.write(`${JSON.stringify({ fewMs: median(times.few), fullMs: median(times.full) })}\n`)

function open(name: string, rows: number): Promise<SqliteBackend> {
  return filledFile(join(folder, name), { workflow: 'wide', names }, (db) => {
    db.exec(`${numbersTo(rows)}
      insert into pw_tokens (token, id, workflow, entered_at, queue, hop, status, deploy, arrived_at, value)
      select i, 'r' || i, 'wide', 1700000000000 + i, 1 + i % ${many}, 1, 'ready', 1, 1700000000000 + i, '{}' from n`)
    db.exec(`insert or replace into pw_counts (queue, ready, entered)
      select queue, count(*), count(*) from pw_tokens group by queue`)
    const minute = Math.floor(Date.now() / 60_000) * 60_000
    db.exec(`${numbersTo(5 * many)}
      insert into pw_meters (ms, at, queue, target, entered, moved, failed, age, age_ms, work, work_ms)
      select 60000, ${minute} - 60000 * (i / ${many}), 1 + i % ${many}, 1 + (i + 1) % ${many}, 0, 50, 0,
        '[0,0,10,40]', 90, '[0,0,10,40]', 90 from n`)
  })
}

async function timed(backend: SqliteBackend): Promise<number> {
  const startedAt = performance.now()
  const { queues } = await backend.pulse()
  const ms = performance.now() - startedAt
  if (queues.length !== many || queues.some(({ meters }) => meters.length < 4))
    throw new Error('The pulse lacks something.')
  return ms
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!
}
