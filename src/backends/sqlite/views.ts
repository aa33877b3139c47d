import type { Connection } from './connection.ts'
import { prepared } from './prepared.ts'
import { fieldOf, oldestOf } from './queue-schema.ts'

/*
 * The documented views: what people ask the file in SQL. They are a stable API and use nothing that SQLite 3.40
 * does not have. `queues` and `tokens` read the table of every queue. SQLite takes at most 500 terms in one compound, so
 * views of a few tables each lie below them; they are filled in the order in which queues are made, so that a
 * declaration which makes some changes the last ones only. A table that a hand has dropped is left out, by the next
 * declaration or the mender, until it is back. All of it is flattened when it is asked: what is said about
 * a token or a queue reaches each table.
 */

const tablesInOne = 200

interface Viewed {
  readonly ref: number
  readonly table: string
}

/** Makes the views as the registry wants them, where they differ from what is there. */
export function makeViews(db: Connection): void {
  for (const { name, sql } of staleViews(db)) db.exec(`drop view if exists ${name}; ${sql}`)
}

/** The views that differ from what the registry wants, but for tables that are gone: with such a one no view would answer. */
export function staleViews(db: Connection): readonly { readonly name: string; readonly sql: string }[] {
  const queues = prepared<[], Viewed>(
    db,
    `select ref, table_name as "table" from pw_queues
       where table_name in (select name from sqlite_schema where type = 'table') order by ref`,
  ).all()
  const known = prepared<[string], string>(
    db,
    `select sql from sqlite_schema where type = 'view' and name = ?`,
  ).pluck()
  const wanted = [...viewsOf(queues)].map(([name, body]) => ({
    name,
    sql: `create view ${name} as\n${body}`,
  }))
  return wanted.filter(({ name, sql }) => known.get(name) !== sql)
}

function* viewsOf(queues: readonly Viewed[]): Generator<readonly [name: string, body: string]> {
  yield* compound('pw_messages', queues.map(messages), noMessages)
  yield* compound('pw_counts', queues.map(counts), noCounts)
  yield ['queues', queuesView]
  yield ['tokens', tokensView]
  yield ['history', historyView]
}

/** The view `name` of all `terms`, over views of some of them. */
function* compound(
  name: string,
  terms: readonly string[],
  empty: string,
): Generator<readonly [name: string, body: string]> {
  const parts: string[] = []
  for (let from = 0; from === 0 || from < terms.length; from += tablesInOne) {
    const part = `${name}_${parts.length + 1}`
    const some = terms.slice(from, from + tablesInOne)
    yield [part, (some.length > 0 ? some : [empty]).join('\nunion all ')]
    parts.push(`select * from ${part}`)
  }
  yield [name, parts.join('\nunion all ')]
}

const columns = [
  ...['token', 'hop', 'value', 'status', 'suspect', 'priority', 'attempts', 'crashes', 'entered_at'],
  ...['owner', 'until', 'leased_at', 'due', 'error', 'progress'],
]

const messages = ({ ref, table }: Viewed) => `select ${ref} as queue, ${columns.join(', ')} from ${table}`

const noMessages = `select 0 as queue, ${columns.map((column) => `null as ${column}`).join(', ')} where false`

function counts({ ref, table }: Viewed): string {
  const of = (status: string) => `(select count(*) from ${table} where status = '${status}') as ${status}`
  return `select ref, ${of('ready')}, ${of('leased')}, ${of('delayed')}, ${of('dead')},
  ${oldestOf(table)} as oldest_ms from pw_queues where ref = ${ref}`
}

const noCounts = `select ref, 0 as ready, 0 as leased, 0 as delayed, 0 as dead, 0 as oldest_ms from pw_queues where false`

const utc = (ms: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${ms} / 1000.0, 'unixepoch')`

/** A time for people, and the same in milliseconds under `name`_ms. */
const time = (ms: string, name: string) => `${utc(ms)} as ${name}, ${ms} as ${name}_ms`

/** What a column of JSON says of an error. */
const errorOf = (column: string) =>
  ['name', 'code', 'kind'].map((field) => `${fieldOf(column, field)} as error_${field}`).join(', ')

/** Who leases: of a person the name alone. */
const holder = (owner: string) => `iif(${owner} glob 'person:*', substr(${owner}, 8), ${owner}) as owner`

const queuesView = `select q.name, q.workflow, q.role, n.ready, n.leased, n.delayed, n.dead, ${utc('n.oldest_ms')} as oldest,
  n.oldest_ms, q.paused, q.table_name
from pw_counts n join pw_queues q on q.ref = n.ref
where not q.retired or n.ready + n.leased + n.delayed + n.dead > 0`

const travel = `t.parent, ${utc('t.entered_at')} as entered, ${utc('t.finished_at')} as finished,
  t.entered_at as entered_ms, t.finished_at as finished_ms, t.outcome`

const tokensView = `select t.workflow, t.id, q.name as queue, ${fieldOf('m.value', 'tag')} as state, m.status, m.hop, m.attempts,
  ${fieldOf('m.error', 'message')} as error, ${travel},
  ${time('m.entered_at', 'since')}, m.priority, m.crashes, ${time('m.due', 'due')},
  ${holder('m.owner')}, ${time('m.leased_at', 'leased')}, ${time('(m.until + (select ahead from pw_clock))', 'until')},
  ${fieldOf('m.progress', 'fraction')} as progress, ${fieldOf('m.progress', 'note')} as progress_note,
  ${errorOf('m.error')}, m.value
from pw_messages m join pw_tokens t on t.ref = m.token join pw_queues q on q.ref = m.queue
union all select t.workflow, t.id, null, null, null, t.last_hop, null,
  null, ${travel},
  null, null, null, null, null, null,
  null, null, null, null, null,
  null, null,
  null, null, null, null
from pw_tokens t where t.left_at is not null`

const historyView = `select ${utc('h.at')} as time, coalesce(t.workflow, q.workflow) as workflow, t.id, nullif(h.hop, 0) as hop,
  q.name as queue, e.name as event, h.attempt, h.actor, h.reason, h.fields, ${fieldOf('h.error', 'message')} as error,
  h.work_ms, h.at as time_ms, h.line, z.name as to_queue, ${holder('o.name')}, h.deploy, ${errorOf('h.error')}
from pw_history h
left join pw_tokens t on t.ref = h.token
join pw_queues q on q.ref = h.queue
join pw_events e on e.ref = h.event
left join pw_queues z on z.ref = h.target
left join pw_owners o on o.ref = h.owner`
