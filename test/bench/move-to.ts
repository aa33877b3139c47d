// How long `move-to` takes for SIZE tokens, half of which wait and half have finished, with four lines of history each: from a
// SQLite file to a Postgres of its own that flushes, and back to another file. Server and mover share the machine.
// usage: move-to.ts SIZE
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { moveQueues } from 'pipewright'
import { startServer } from '../postgres/server.ts'
import { filledFile, numbersTo } from './filled-file.ts'

const size = Number(process.argv[2] ?? 10_000)
const lines = 4
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const server = await startServer({ isDurable: true })
const files = { here: join(folder, 'here.db'), back: join(folder, 'back.db') }
try {
  await fill(files.here)
  const there = await timed(() => moveQueues(files.here, server.url, { onProgress: say }))
  const back = await timed(() => moveQueues(server.url, files.back, { onProgress: say }))
  process.stdout.write(`${JSON.stringify({ size, there, back })}\n`)
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function fill(path: string): Promise<void> {
  const names = ['move/first', 'move/second']
  const backend = await filledFile(path, { workflow: 'move', names }, (db) => {
    const half = Math.floor(size / 2)
    const at = '1764000000000 + i'
    db.exec(`${numbersTo(half)}
      insert into pw_tokens (token, id, workflow, entered_at, queue, hop, status, deploy, arrived_at, value)
      select i, 'r' || i, 'move', ${at}, 1 + i % 2, 4, 'ready', 1, ${at},
        '{"tag":"Scanned","barcode":"39015' || i || '","title":"A title of a usual length","pages":[1,2,3,4],"at":"2026-11-28T00:00:00Z"}' from n`)
    db.exec(`${numbersTo(size - half)}
      insert into pw_tokens (token, id, workflow, entered_at, finished_at, left_at, outcome, hop, deploy, arrived_at)
      select ${half} + i, 'f' || i, 'move', ${at}, ${at}, ${at}, 'done', 4, 1, ${at} from n`)
    db.exec(`insert into pw_owners (ref, name) values (1, 'host:1234:abcdef')`)
    db.exec(`${numbersTo(lines * size)}
      insert into pw_history (at, token, hop, queue, event, attempt, work_ms, owner, target, deploy)
      select ${at}, 1 + (i - 1) % ${size}, 1 + (i - 1) / ${size}, 1, iif(i <= ${size}, 0, 1), 1, i % 1000 / 7.0, 1, 2, 1 from n`)
  })
  await backend.close()
}

interface Timed {
  readonly seconds: number
  /** What this process has used of a processor; the rest is the server's. */
  readonly cpuSeconds: number
}

async function timed(work: () => Promise<unknown>): Promise<Timed> {
  const [startedAt, before] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(before)
  const seconds = (performance.now() - startedAt) / 1000
  return { seconds: Math.round(seconds * 10) / 10, cpuSeconds: Math.round((user + system) / 1e5) / 10 }
}

function say({ step, table, share }: { step: string; table: string; share: number }): void {
  if (process.env['VERBOSE'])
    process.stderr.write(`${Math.round(performance.now())} ${step} ${table} ${share.toFixed(2)}\n`)
}
