import type { Role } from '../../../queue/declaration.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { QueueCount } from '../../../queue/queue-count.ts'
import { isClosedAt } from '../../../queue/rules/gate.ts'
import { statuses } from '../../../queue/status.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { inLineOf } from '../tables/schema.ts'
import { GatesInFile } from './gates.ts'

/*
 * Counts of queues, from the table of counts. That has messages as they are stored, and what has lapsed (a lease has ended, a
 * delay is over) is shown as ready: so those are counted by the indexes that have them, up to `mostLapsed` of each queue. More
 * of them are there only where no worker has leased for a while; they go on counting as they are stored until one does,
 * or the mender finds them.
 */
const mostLapsed = 10_000

interface Counted {
  readonly ref: number
  readonly queue: string
  readonly workflow: string
  readonly role: Role
  readonly behind: string | null
  readonly retired: number
  readonly ready: number
  readonly leased: number
  readonly delayed: number
  readonly dead: number
  readonly waiting: number
  readonly entered: number
  readonly left: number
  readonly due: number
  readonly over: number
  readonly oldestAt: number | null
}

/** The leased messages of a queue. */
interface Held {
  readonly queue: number
  readonly lapsed: number
  readonly oldestAt: number
}

/** What a queue has, and has had; with its ref. */
export interface QueueTotals {
  readonly ref: number
  readonly count: QueueCount
  readonly entered: number
  readonly left: number
}

const count = (column: string) => `coalesce(c.${column}, 0) as ${column}`
const firstOf = (status: string) =>
  `iif(c.${status} > 0 or q.retired, (select min(arrived_at) from pw_tokens where ${inLineOf('q.ref')} and status = '${status}'), null)`
const lapsedOf = (status: string) => `(select count(*) from
      (select 1 from pw_tokens where queue = q.ref and due <= @now and status = '${status}' limit ${mostLapsed}))`
const soonest = (...times: string[]) =>
  `(select min(column1) from (values ${times.map((each) => `(${each})`).join(', ')}))`

const counts = `select q.ref, q.name as queue, q.workflow, q.role, q.behind, q.retired,
    ${[...statuses, 'entered', 'left'].map(count).join(', ')},
    iif(c.delayed > 0, ${lapsedOf('delayed')}, 0) as due, iif(c.waiting > 0, ${lapsedOf('waiting')}, 0) as over,
    ${soonest(firstOf('ready'), firstOf('delayed'), firstOf('dead'), firstOf('waiting'))} as oldestAt
  from pw_queues q left join pw_counts c on c.queue = q.ref where @ref is null or q.ref = @ref order by q.ref`

const held = `select queue, sum(until <= @elapsed) as lapsed, min(arrived_at) as oldestAt
  from pw_tokens where status = 'leased' and (@ref is null or queue = @ref) group by queue`

/** Counts at `moment` of the queue `ref`, or of every queue; of retired ones only while something is in them. */
export function countQueues(db: Connection, moment: Moment, ref?: number): readonly QueueTotals[] {
  const binds = { ...moment, ref: ref ?? null }
  const leased = new Map(
    prepared<[object], Held>(db, held)
      .all(binds)
      .map((each) => [each.queue, each]),
  )
  return prepared<[object], Counted>(db, counts)
    .all(binds)
    .map((each) => totalsOf(db, each, { held: leased.get(each.ref), now: moment.now }))
    .filter(({ retired, count }) => ref !== undefined || !retired || count.oldestAt !== undefined)
}

function totalsOf(
  db: Connection,
  { ref, queue, workflow, role, behind, retired, entered, left, ...stored }: Counted,
  { held, now }: { readonly held: Held | undefined; readonly now: number },
): QueueTotals & { readonly retired: boolean } {
  // An edit by hand may have let the counts and the rows part for a while.
  const due = Math.min(stored.due, stored.delayed)
  const over = Math.min(stored.over, stored.waiting)
  const lapsed = Math.min(held?.lapsed ?? 0, stored.leased)
  const times = [stored.oldestAt, held?.oldestAt].filter((at) => typeof at === 'number')
  const ready = stored.ready + due + over + lapsed
  const count: QueueCount = {
    ...{ queue, workflow, role, ready },
    leased: stored.leased - lapsed,
    delayed: stored.delayed - due,
    dead: stored.dead,
    waiting: stored.waiting - over,
    ...(times.length === 0 ? {} : { oldestAt: Math.min(...times) }),
    ...gatesOf(db, { ref, name: queue, behind }, { ready, now }),
  }
  return { ref, count, entered, left, retired: retired !== 0 }
}

function gatesOf(
  db: Connection,
  queue: Pick<QueueEntry, 'ref' | 'name' | 'behind'>,
  { ready, now }: { readonly ready: number; readonly now: number },
): Pick<QueueCount, 'paused' | 'parked'> {
  const gates = new GatesInFile(db)
  const own = gates.find(queue.name, '')
  const paused = own !== undefined && isClosedAt(own.state, now)
  const isWaiting = ready > 0 && (own !== undefined || queue.behind !== null)
  const parked = isWaiting ? gates.parkedIn(queue, now) : undefined
  return { paused, ...(parked && { parked }) }
}
