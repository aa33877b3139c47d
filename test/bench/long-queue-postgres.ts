// What a lease of one message and its hop cost with many tokens in the Postgres of DATABASE: SIZE that wait and SIZE that have
// finished, beside 1,000 of each in a schema of the same server, in turn. The rows are made by SQL.
// usage: long-queue-postgres.ts SIZE
import pg from 'pg'
import { type Backend, openBackend } from 'pipewright'
import { compareHops, hopQueues } from './compare-hops.ts'

const size = Number(process.argv[2] ?? 1000)
const declaring = {
  workflow: 'long',
  queues: hopQueues.map((name) => ({ name, role: 'stage' as const })),
  fingerprint: '',
}
const few = await open('few', 1000)
const many = await open('many', size)
await compareHops(few, many, size)
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
      from generate_series(1, ${rows}) i, pw_queues where name = '${hopQueues[0]}'`)
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
