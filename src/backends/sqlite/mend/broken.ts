import { maxValueBytes } from '../../../queue/check-value.ts'
import { longestDelayMs } from '../../../queue/delay.ts'
import { markFault } from '../../../queue/rules/mark.ts'
import { endLease } from '../../../queue/rules/tolls.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { jsonText } from '../tables/json-text.ts'
import { prepared } from '../tables/prepared.ts'
import { unleased } from '../tables/schema.ts'
import { withPaid } from '../tables/tolls-text.ts'

/*
 * Rows that no code of this package can have written, so they were changed by hand: no worker would ever lease them again,
 * or none could answer what was leased. They become dead, with the reason, and with numbers that let them be revived. A row
 * with just a wrong value needs none of this: its stage finds that it does not fit, and buries it. Only a value that is far
 * too long is not left to its stage: every change of its row would write all of it, and all other requests wait for that.
 */

const most = Number.MAX_SAFE_INTEGER
// Twice what is accepted: the clock may have been set back since.
const furthestMs = 2 * longestDelayMs
// Far more than is accepted, as a later version that runs beside this one may allow more.
const longestBytes = 4 * maxValueBytes
const isCount = (column: string) => `${column} between 0 and ${most}`
const isQueue = 'exists (select 1 from pw_queues where ref = queue and workflow = m.workflow)'

// The fault of a row `m` that is in a queue; null if there is none. A dead row is visible and can be answered.
const fault = `case
    when queue is null and not exists (select 1 from pw_queues q where q.workflow = m.workflow) then null
    when queue is null then 'it was in no queue, and had not left the workflow'
    when not exists (select 1 from pw_queues where ref = queue) then 'its queue was number ' || queue
    when not ${isQueue} then 'its workflow was ' || quote(substr(workflow, 1, 100))
    when status is null then 'it had no status'
    when status = 'dead' then null
    when status not in ('ready', 'leased', 'delayed', 'waiting') then 'its status was ' || quote(substr(status, 1, 100))
    when not (hop > 0 and ${isCount('hop')}) then 'its hop was ' || hop
    when not ${isCount('lease')} then 'its lease was number ' || lease
    when not ${isCount('attempts')} then 'its attempts were ' || attempts
    when not ${isCount('crashes')} then 'its crashes were ' || crashes
    when not ${isCount('deploy')} then 'its deploy was ' || deploy
    when priority not between -${most} and ${most} then 'its priority was ' || priority
    when suspect not in (0, 1) then 'suspect was ' || suspect
    when alone not in (0, 1) then 'alone was ' || alone
    when lane <> 0 and not exists (select 1 from pw_lanes l where l.ref = lane and l.queue = m.queue) then 'its lane was ' || lane
    when octet_length(value) > ${longestBytes} then 'its value was ' || octet_length(value) || ' bytes long'
    when status = 'leased' and until + lease_ms + deadline is null then 'it was leased without an end'
    when status = 'delayed' and due is null then 'it was delayed without a due time'
    when status = 'waiting' and iif(json_valid(waits), json_type(waits, '$.for'), waits) is not 'array' then 'it waited for nothing'
    when status in ('delayed', 'waiting') and due > @now + ${furthestMs} then 'its due time was more than two centuries ahead'
    when iif(json_valid(frames), json_type(frames), frames) <> 'array' then 'its frames were no JSON array'
  end`

const rows = (which: string) =>
  `select token, id, hop, queue, fault from (select *, ${fault} as fault from pw_tokens m where (queue is not null or left_at is null) and ${which})
     where fault is not null`

/** A corrupt row, and why. */
interface Broken {
  readonly token: number
  readonly id: string
  readonly hop: number
  readonly queue: number
  readonly fault: string
}

/** The tokens after the number `after`, `count` numbers on, whose rows are corrupt. */
export function findBroken(
  db: Connection,
  look: { readonly after: number; readonly count: number; readonly now: number },
): readonly number[] {
  return prepared<[typeof look], Broken>(db, rows('token > @after and token <= @after + @count'))
    .all(look)
    .map(({ token }) => token)
}

/** The same among the first `count` rows of each queue of `workflow`. */
export function findBrokenIn(
  db: Connection,
  look: { readonly workflow: string; readonly count: number; readonly now: number },
): readonly number[] {
  // A union: with an `or` SQLite would read all tokens there are.
  const some = `token in (select * from (select token from pw_tokens where status is not 'leased'
      and queue in (select ref from pw_queues where workflow = @workflow) limit 0 + @count)
    union all select token from pw_tokens where status = 'leased' and workflow = @workflow)`
  return prepared<[typeof look], Broken>(db, rows(some))
    .all(look)
    .map(({ token }) => token)
}

/** Buries the corrupt rows of `tokens`, in the transaction that is open. Returns a sentence for each. */
export function buryBroken(
  db: Connection,
  open: OpenTransaction,
  tokens: readonly number[],
): readonly string[] {
  open.settle()
  const find = prepared<[{ token: number; now: number }], Broken>(db, rows('token = @token'))
  return tokens.flatMap((token) => {
    // Its worker or another process's mender may have been quicker.
    const row = find.get({ token, now: open.now })
    return row ? [bury(db, open, row)] : []
  })
}

function bury(db: Connection, open: OpenTransaction, { token, fault }: Broken): string {
  const message = `The row of the token was corrupt: ${fault}. It was probably edited by hand.`
  const error = { kind: 'error', name: 'BrokenRowError', message } as const
  open.changed()
  const before = open.rows.get(token)
  if (before) endLease(open, before.stay, 'quiet')
  open.rows.forget(token)
  const { id, hop, queue } = prepared<unknown[], { id: string; hop: number; queue: number }>(
    db,
    `update pw_tokens as m set
       workflow = coalesce((select q.workflow from pw_queues q where q.ref = m.queue
         and not exists (select 1 from pw_tokens t where t.id = m.id and t.workflow = q.workflow)), workflow),
       queue = iif(exists (select 1 from pw_queues where ref = queue), queue,
         coalesce((select coalesce(target, h.queue) from pw_history h where h.token = m.token order by line desc limit 1),
           (select min(ref) from pw_queues q where q.workflow = m.workflow))),
       hop = iif(hop > 0 and ${isCount('hop')}, hop,
         1 + coalesce((select max(hop) from pw_history h where h.token = m.token and ${isCount('h.hop')}), 0)),
       lease = iif(${isCount('lease')}, lease, 1000000000), deploy = iif(${isCount('deploy')}, deploy, 1),
       priority = iif(priority between -${most} and ${most}, priority, 0), lane = 0,
       status = 'dead', suspect = 0, attempts = 0, crashes = 0, due = null, waits = null, missing = null, error = ?, progress = null,
       tolls = ${withPaid('null')},
       ${unleased}
     where token = ? returning id, hop, queue`,
  ).get(jsonText(error), token)!
  open.counts.come(queue, 'dead')
  const at = open.registry.of(queue)!
  markFault(open, { token, id, hop }, at, error)
  open.line({ token, hop }, at, 'buried', { error })
  return `Token "${id}" in queue "${at.name}" was buried: its row was corrupt, since ${fault}.`
}
