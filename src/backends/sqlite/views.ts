import type { Connection } from './connection.ts'
import { fieldOf } from './queue-schema.ts'

/*
 * The documented views: what people ask the file in SQL. They are a stable API and use nothing that SQLite 3.40
 * does not have. `queues` and `tokens` read every table of a queue, so each declaration makes them anew.
 */

interface Viewed {
  readonly ref: number
  readonly name: string
  readonly table_name: string
  readonly workflow: string
  readonly retired: number
}

/** Makes the views as the registry wants them, where they differ from what is there. */
export function makeViews(db: Connection): void {
  const queues = db
    .prepare<[], Viewed>(
      'select ref, name, table_name, workflow, retired from pw_queues order by workflow, name',
    )
    .all()
  const views = { queues: queuesView(queues), tokens: tokensView(queues), history: historyView }
  const known = db
    .prepare<[string], string>(`select sql from sqlite_schema where type = 'view' and name = ?`)
    .pluck()
  for (const [name, body] of Object.entries(views)) {
    const sql = `create view ${name} as\n${body}`
    if (known.get(name) === sql) continue
    db.exec(`drop view if exists ${name}; ${sql}`)
  }
}

const utc = (ms: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${ms} / 1000.0, 'unixepoch')`

function queuesView(queues: readonly Viewed[]): string {
  const counted = queues.map(({ ref, table_name: t }) => {
    const of = (status: string) => `(select count(*) from ${t} where status = '${status}')`
    return `  select ${ref} as ref, ${of('ready')} as ready, ${of('leased')} as leased, ${of('delayed')} as delayed,
    ${of('dead')} as dead, (select entered_at from ${t} order by token limit 1) as oldest_ms`
  })
  return `select q.name, q.workflow, q.role, n.ready, n.leased, n.delayed, n.dead, ${utc('n.oldest_ms')} as oldest,
  n.oldest_ms, q.paused, q.table_name
from pw_queues q join (
${counted.join('\n  union all\n') || '  select 0 as ref, 0 as ready, 0 as leased, 0 as delayed, 0 as dead, 0 as oldest_ms'}
) n on n.ref = q.ref
where not q.retired or n.ready + n.leased + n.delayed + n.dead > 0`
}

function tokensView(queues: readonly Viewed[]): string {
  const travel = `t.parent, ${utc('t.entered_at')} as entered, ${utc('t.finished_at')} as finished,
    t.entered_at as entered_ms, t.finished_at as finished_ms`
  const waiting = queues.map(
    ({
      name,
      table_name,
    }) => `  select t.workflow, t.id, ${quote(name)} as queue, ${fieldOf('m.value', 'tag')} as state,
    m.status, m.hop, m.attempts, ${fieldOf('m.error', 'message')} as error, ${travel}
  from ${table_name} m join pw_tokens t on t.ref = m.token`,
  )
  const left = `  select t.workflow, t.id, null as queue, null as state, null as status, t.last_hop as hop,
    null as attempts, null as error, ${travel}
  from pw_tokens t where t.left_at is not null`
  return [...waiting, left].join('\nunion all\n')
}

const historyView = `select ${utc('h.at')} as time, t.workflow, t.id, h.hop, q.name as queue, e.name as event, h.attempt, h.actor,
  h.reason, h.fields, ${fieldOf('h.error', 'message')} as error, h.work_ms, h.at as time_ms, h.line
from pw_history h
join pw_tokens t on t.ref = h.token
join pw_queues q on q.ref = h.queue
join pw_events e on e.ref = h.event`

function quote(text: string): string {
  // A NUL would end the statement.
  if (text.includes('\0')) return `cast(x'${Buffer.from(text).toString('hex')}' as text)`
  return `'${text.replaceAll("'", "''")}'`
}
