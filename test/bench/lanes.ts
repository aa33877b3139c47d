// What a lease of 20 and their answers cost in a queue without keys, from KEYS keys with few messages each, and from as many of
// which one has SIZE messages: in turn, in files of the same run.
// usage: lanes.ts KEYS SIZE ROUNDS
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Change } from 'pipewright/backend'
import type { SqliteBackend } from 'pipewright/sqlite'
import { filledFile } from './filled-file.ts'

const [keys = 1001, size = 1000, rounds = 200] = process.argv.slice(2).map(Number)
const queue = 'bench/main'
const each = 20
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const rows = rounds * each + 20 * each
const plain = await open('plain.db', `select i, 0 from n where i <= ${rows}`)
const fair = await open('fair.db', `select i, 1 + i % ${keys} from n where i <= ${Math.max(rows, keys)}`)
const skewed = await open(
  'skewed.db',
  `select i, iif(i <= ${size}, 1, 1 + i % ${keys}) from n where i <= ${size + Math.max(rows, keys)}`,
)
const backends = { plain, fair, skewed }
const times: Record<keyof typeof backends, number[]> = { plain: [], fair: [], skewed: [] }
for (let round = -10; round < rounds; round++)
  for (const [name, backend] of Object.entries(backends) as [keyof typeof backends, SqliteBackend][]) {
    const startedAt = performance.now()
    const leased = await backend.lease(queue, {
      owner: 'bench',
      leaseMs: 30_000,
      timeoutMs: 60_000,
      limit: each,
    })
    const took = performance.now() - startedAt
    if (leased.length !== each) throw new Error(`${name}: ${leased.length} were leased`)
    if (round >= 0) times[name].push(took)
    await backend.commit(
      leased.map(({ id, hop, lease }): Change => ({ kind: 'pop', event: 'moved', queue, id, hop, lease })),
    )
  }
for (const backend of Object.values(backends)) await backend.close()
rmSync(folder, { recursive: true, force: true })
const medians = Object.fromEntries(Object.entries(times).map(([name, all]) => [`${name}Ms`, median(all)]))
process.stdout.write(`${JSON.stringify({ keys, size, ...medians })}\n`)

function open(name: string, which: string): Promise<SqliteBackend> {
  return filledFile(join(folder, name), { workflow: 'bench', names: [queue] }, (db) => {
    db.exec(`create temp table made (i integer primary key, lane integer);
      with recursive n (i) as (select 1 union all select i + 1 from n where i < ${size + Math.max(rows, keys)})
      insert into made ${which};
      insert into pw_lanes (ref, queue, key, turn) select distinct lane, 1, 'k' || lane, lane from made where lane > 0;
      update pw_queues set keyed = exists (select 1 from pw_lanes), turn = ${keys};
      insert into pw_tokens (token, id, workflow, entered_at, queue, hop, status, deploy, arrived_at, lane, value)
        select i, 'r' || i, 'bench', 1700000000000, 1, 1, 'ready', 1, 1700000000000, lane, '{"barcode": "r"}' from made`)
  })
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!
}
