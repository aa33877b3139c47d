// What a lease of one message and its hop cost with many tokens in the Postgres of DATABASE: SIZE that wait and SIZE that have
// finished, beside 1,000 of each in a schema of the same server, in turn. The rows are made by SQL.
// usage: long-queue-postgres.ts SIZE
import pg from 'pg'
import { type Backend, openBackend } from 'pipewright'
import type { Change } from 'pipewright/backend'

const size = Number(process.argv[2] ?? 1000)
const rounds = 400
const names = ['long/first', 'long/second'] as const
const declaring = {
  workflow: 'long',
  queues: names.map((name) => ({ name, role: 'stage' as const })),
  fingerprint: '',
}
const few = await open('few', 1000)
const many = await open('many', size)
for (let i = 0; i < 50; i++) for (const backend of [few, many]) await hop(backend)
const times: Record<'few' | 'many', number[]> = { few: [], many: [] }
for (let i = 0; i < rounds; i++) {
  times.few.push(await timed(() => hop(few)))
  times.many.push(await timed(() => hop(many)))
}
const countMs = await timed(() => many.count())
await few.close()
await many.close()
process.stdout.write(
  `${JSON.stringify({ size, fewMs: median(times.few), manyMs: median(times.many), countMs })}\n`,
)
process.exit(0)

async function open(schema: string, rows: number): Promise<Backend> {
  const url = process.env['DATABASE']!
  const own = `${url}${url.includes('?') ? '&' : '?'}schema=${schema}`
  await (await opened(own)).close()
  const client = new pg.Client(url)
  await client.connect()
  const at = '1700000000000 + i'
  await client.query(`set search_path = ${schema}`)
  await client.query(`insert into pw_tokens (token, id, workflow, entered_at, queue, hop, status, deploy, arrived_at, value)
    select i, 'r' || i, 'long', ${at}, ref, 1, 'ready', 1, ${at}, '{"barcode": "r' || i || '"}'
      from generate_series(1, ${rows}) i, pw_queues where name = '${names[0]}'`)
  await client.query(`insert into pw_tokens (token, id, workflow, entered_at, finished_at, left_at, outcome, hop, deploy, arrived_at)
    select ${rows} + i, 'f' || i, 'long', ${at}, ${at}, ${at}, 'done', 3, 1, ${at} from generate_series(1, ${rows}) i`)
  await client.query(
    `insert into pw_ids (workflow, id, token) select workflow, id, token from pw_tokens; select setval('pw_token_numbers', ${2 * rows})`,
  )
  await client.query('vacuum analyze pw_tokens')
  await client.end()
  return opened(own)
}

async function opened(url: string): Promise<Backend> {
  const backend = await openBackend(url)
  await backend.declare(declaring)
  return backend
}

async function hop(backend: Backend): Promise<void> {
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
