import type { Connection } from '../file/connection.ts'
import type { QueueEntry } from './queue-entry.ts'
import { fieldOf, inLineOf, oldestOf, utcOf } from './schema.ts'

/*
 * The documented views, for queries of users. They are a stable API, are for reading, and use nothing that SQLite 3.40 does
 * not have. Each queue has a view of its name; the view names the workflow, so that one id is found by the index, and has
 * a term of its own for leased messages, which are in another index.
 *
 * Migration 6 makes them. A change here needs a migration of its own, for the files that have them.
 */

/** Makes the views that every file has. */
export function createViews(db: Connection): void {
  for (const [name, body] of Object.entries(views)) db.exec(`create view ${name} as\n${body}`)
}

/** Makes these views anew, in a file that has those of an older version. */
export function renewViews(db: Connection): void {
  for (const name of Object.keys(views)) db.exec(`drop view if exists ${name}`)
  createViews(db)
}

/** The SQL that makes the view of a queue. */
export function createQueueView({
  view,
  workflow,
  ref,
}: Pick<QueueEntry, 'view' | 'workflow' | 'ref'>): string {
  const from = `select ${queueColumns} from pw_tokens where workflow = ${quoted(workflow)} and`
  return `create view ${view} as
${from} ${inLineOf(String(ref))}
union all ${from} status = 'leased' and queue = ${ref};`
}

const queueColumns = `token, id, hop, value, status, suspect, alone, priority, attempts, crashes, lease, deploy,
  arrived_at as entered_at, frames, parent, owner, until, lease_ms, deadline, due, error, progress, leased_at`

function quoted(text: string): string {
  // A statement ends at a NUL.
  if (text.includes('\0')) return `cast(x'${Buffer.from(text).toString('hex')}' as text)`
  return `'${text.replaceAll("'", "''")}'`
}

/** A time for people, and the same in milliseconds under `name`_ms. */
const time = (ms: string, name: string) => `${utcOf(ms)} as ${name}, ${ms} as ${name}_ms`

/** The error in a column of JSON. */
const errorOf = (column: string) =>
  ['name', 'code', 'kind'].map((field) => `${fieldOf(column, field)} as error_${field}`).join(', ')

/** The owner of a lease: for a person the name alone. */
const holder = (owner: string) => `iif(${owner} glob 'person:*', substr(${owner}, 8), ${owner}) as owner`

const count = (status: string) =>
  `(select count(*) from pw_tokens where ${inLineOf('q.ref')} and status = '${status}') as ${status}`

const queuesView = `select name, workflow, role, ready, leased, delayed, dead, ${utcOf('oldest_ms')} as oldest, oldest_ms, paused,
  view as table_name, waiting
from (select q.*, ${count('ready')},
    (select count(*) from pw_tokens where status = 'leased' and queue = q.ref) as leased,
    ${count('delayed')}, ${count('dead')}, ${count('waiting')}, ${oldestOf('q.ref')} as oldest_ms from pw_queues q)
where not retired or oldest_ms is not null
union all select name, workflow, 'inbox', waiting, 0, 0, refused, ${utcOf('oldest_ms')}, oldest_ms, 0, name, 0 from inboxes where waiting + refused > 0`

const tokensView = `select t.workflow, t.id, q.name as queue, ${fieldOf('t.value', 'tag')} as state, t.status, t.hop,
  iif(t.queue is null, null, t.attempts) as attempts, ${fieldOf('t.error', 'message')} as error,
  t.parent, ${utcOf('t.entered_at')} as entered, ${utcOf('t.finished_at')} as finished,
  t.entered_at as entered_ms, t.finished_at as finished_ms, t.outcome,
  ${time('iif(t.queue is null, null, t.arrived_at)', 'since')}, iif(t.queue is null, null, t.priority) as priority,
  iif(t.queue is null, null, t.crashes) as crashes, ${time('t.due', 'due')},
  ${holder('t.owner')}, ${time('t.leased_at', 'leased')}, ${time('(t.until + (select ahead from pw_clock))', 'until')},
  ${fieldOf('t.progress', 'fraction')} as progress, ${fieldOf('t.progress', 'note')} as progress_note,
  ${errorOf('t.error')}, t.value, iif(t.status = 'waiting', t.waits, null) as waits, iif(t.status = 'waiting', t.missing, null) as missing
from pw_tokens t left join pw_queues q on q.ref = t.queue`

const historyView = `select ${utcOf('h.at')} as time, coalesce(t.workflow, q.workflow) as workflow, t.id, nullif(h.hop, 0) as hop,
  q.name as queue, e.name as event, h.attempt, h.actor, h.reason, h.fields, ${fieldOf('h.error', 'message')} as error,
  h.work_ms, h.at as time_ms, h.line, z.name as to_queue, ${holder('o.name')}, h.deploy, ${errorOf('h.error')}
from pw_history h
left join pw_tokens t on t.token = h.token
left join pw_queues q on q.ref = h.queue
join pw_events e on e.ref = h.event
left join pw_queues z on z.ref = h.target
left join pw_owners o on o.ref = h.owner`

const views = { queues: queuesView, tokens: tokensView, history: historyView }
