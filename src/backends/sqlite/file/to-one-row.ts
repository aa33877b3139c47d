import { BackendError } from '../../../queue/errors.ts'
import { createInboxCounts } from '../tables/inbox-table.ts'
import { createTokens } from '../tables/schema.ts'
import { createQueueView, createViews } from '../tables/views.ts'
import type { Connection } from './connection.ts'
import { setAsideForeign } from './foreign-schema.ts'
import { eventNumbers } from './history-events.ts'

/*
 * Schema 6: the message of a token moves from the table of its queue into the row of the token. States of the older tables
 * that only edits by hand can have made are kept, dead, with the reason: a token in two of them, rows without a token, and
 * tokens with neither a row nor a departure.
 */

interface Queue {
  readonly ref: number
  readonly view: string
  readonly workflow: string
}

/** Moves all messages, in the transaction that is open. Throws a `BackendError` if one of them would be missing. */
export function oneRowAToken(db: Connection): void {
  const putBack = setAsideForeign(db)
  for (const view of namesOf(db, 'view')) db.exec(`drop view ${view}`)
  db.exec('alter table pw_queues rename column table_name to view')
  const queues = db.prepare<[], Queue>('select ref, view, workflow from pw_queues order by ref').all()
  const before = queues.reduce((sum, { view }) => sum + countOf(db, view), 0)
  const tokens = countOf(db, 'pw_tokens')
  db.exec(`alter table pw_tokens rename to pw_tokens_5; ${createTokens}`)
  findPlaces(db, queues)
  for (const queue of queues) moveRows(db, queue)
  const odd = queues.reduce((sum, queue) => sum + keepOddRows(db, queue), 0)
  keepTheRest(db)
  const strays = buryStrays(db)
  const after = countOf(db, 'pw_tokens where queue is not null')
  if (after - strays !== before || countOf(db, 'pw_tokens') !== tokens + odd)
    throw new BackendError(
      `The database ${db.name} could not be migrated: of ${before} messages ${after - strays} would be there. Nothing was changed; please report it.`,
    )
  for (const { view } of queues) db.exec(`drop table ${view}`)
  db.exec('drop table pw_tokens_5; drop table temp.pw_places')
  for (const queue of queues) db.exec(createQueueView(queue))
  db.exec(
    'create table pw_inboxes (workflow text primary key, name text not null unique) strict, without rowid',
  )
  createInboxCounts(db)
  createViews(db)
  putBack()
}

/** Where each token is: of several rows of one token the one of its last stay counts. */
function findPlaces(db: Connection, queues: readonly Queue[]): void {
  db.exec('create temp table pw_rows (token integer, queue integer, hop integer)')
  for (const { ref, view } of queues) db.exec(`insert into pw_rows select token, ${ref}, hop from ${view}`)
  db.exec(`
    create temp table pw_places (token integer primary key, queue integer not null);
    insert into pw_places select token, queue from
      (select token, queue, row_number() over (partition by token order by hop desc, queue) as n from pw_rows) where n = 1;
    drop table pw_rows;`)
}

const known = 'token, id, workflow, parent, entered_at, finished_at, left_at, outcome'
const ofToken = 't.ref, t.id, t.workflow, t.parent, t.entered_at, t.finished_at, t.left_at, t.outcome'
const stay = `hop, value, status, suspect, alone, priority, attempts, crashes, lease, deploy, owner, leased_at, until, lease_ms,
  deadline, due, frames, error, progress`
const ofRow = stay
  .split(',')
  .map((column) => `m.${column.trim()}`)
  .join(', ')

/** Moves the rows of a queue whose tokens are known, and are there. */
function moveRows(db: Connection, { ref, view, workflow }: Queue): void {
  db.prepare(
    `insert into pw_tokens (${known}, queue, arrived_at, ${stay})
     select ${ofToken}, ${ref}, m.entered_at, ${ofRow}
     from ${view} m join pw_places p on p.token = m.token and p.queue = ${ref}
       join pw_tokens_5 t on t.ref = m.token and t.workflow = ? and t.id = m.id order by m.token`,
  ).run(workflow)
}

interface OddRow {
  readonly token: number
  readonly id: string
  readonly reason: string
}

/** Keeps the other rows of a queue under numbers of their own, dead. Returns how many. */
function keepOddRows(db: Connection, { ref, view, workflow }: Queue): number {
  const odd = db
    .prepare<[string], OddRow>(
      `select m.token, m.id, case
           when t.ref is null then 'no token was known under its number'
           when t.id is not m.id or t.workflow is not ? then 'its number was that of token ' || quote(t.id)
           else 'its token was in another queue too' end as reason
         from ${view} m left join pw_tokens_5 t on t.ref = m.token
         where not exists (select 1 from pw_tokens n where n.token = m.token and n.queue = ${ref}) order by m.token`,
    )
    .all(workflow)
  const insert = db.prepare<unknown[]>(
    `insert into pw_tokens (token, id, workflow, entered_at, queue, arrived_at, ${stay})
     select ?, ?, ?, m.entered_at, ${ref}, m.entered_at, ${ofRow} from ${view} m where m.token = ?`,
  )
  for (const { token, id, reason } of odd) {
    const number = nextToken(db)
    insert.run(number, freeId(db, workflow, id), workflow, token)
    bury(db, number, reason)
  }
  return odd.length
}

/** Takes over the tokens that are in no queue. */
function keepTheRest(db: Connection): void {
  db.exec(`
    insert into pw_tokens (${known}, hop, deploy, arrived_at)
      select ${ofToken}, t.last_hop, 1, t.entered_at from pw_tokens_5 t
        where not exists (select 1 from pw_tokens n where n.token = t.ref)`)
}

/** Puts tokens that have left a queue and come to no other into the last one that they were in, dead. Returns how many. */
function buryStrays(db: Connection): number {
  const strays = db
    .prepare<[], { token: number; queue: number | null }>(
      `select token, coalesce(
           (select coalesce(h.target, h.queue) from pw_history h where h.token = t.token order by h.line desc limit 1),
           (select min(ref) from pw_queues q where q.workflow = t.workflow)) as queue
         from pw_tokens t where queue is null and left_at is null`,
    )
    .all()
    .filter(({ queue }) => queue !== null)
  const place = db.prepare<unknown[]>('update pw_tokens set queue = ? where token = ?')
  for (const { token, queue } of strays) {
    place.run(queue, token)
    bury(db, token, 'its row was gone')
  }
  return strays.length
}

function bury(db: Connection, token: number, reason: string): void {
  const message = `The row of the token was corrupt: ${reason}. It was probably edited by hand.`
  const error = JSON.stringify({ kind: 'error', name: 'BrokenRowError', message })
  db.prepare<unknown[]>(
    `update pw_tokens set status = 'dead', suspect = 0, error = ?, hop = max(hop, 1), due = null, progress = null,
       owner = null, leased_at = null, until = null, lease_ms = null, deadline = null where token = ?`,
  ).run(error, token)
  db.prepare<unknown[]>(
    `insert into pw_history (at, token, hop, queue, event, error)
     select ?, token, hop, queue, ${eventNumbers.buried}, ? from pw_tokens where token = ?`,
  ).run(Date.now(), error, token)
}

/** A number that no token has, in the older table neither. */
function nextToken(db: Connection): number {
  return db
    .prepare<[], number>(
      `select 1 + max(coalesce((select max(token) from pw_tokens), 0), coalesce((select max(ref) from pw_tokens_5), 0),
         coalesce((select max(token) from pw_places), 0))`,
    )
    .pluck()
    .get()!
}

/** `id`, or a variant of it that no other token of the workflow has. */
function freeId(db: Connection, workflow: string, id: string): string {
  const isTaken = db.prepare<[string, string, string, string]>(
    `select 1 from pw_tokens where id = ? and workflow = ? union all select 1 from pw_tokens_5 where id = ? and workflow = ?`,
  )
  let free = id
  for (let n = 2; isTaken.get(free, workflow, free, workflow); n++) free = `${id} (${n})`
  return free
}

function countOf(db: Connection, rows: string): number {
  return db.prepare<[], number>(`select count(*) from ${rows}`).pluck().get()!
}

function namesOf(db: Connection, type: string): readonly string[] {
  return db.prepare<[string], string>('select name from sqlite_schema where type = ?').pluck().all(type)
}
