import type { QueueCount } from '../../../queue/queue-count.ts'
import { isClosedAt } from '../../../queue/rules/gate.ts'
import type { Session } from '../server/database.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { gatesOf } from './known-gates.ts'
import { parkedIn } from './parked.ts'

/*
 * Counts of queues, from the table of counts. That has messages as they are stored, and what has lapsed (a lease has ended, a
 * delay is over) is shown as ready: so those are counted by the indexes that have them, up to `mostLapsed` of each queue. More
 * of them are there only where no worker has leased for a while; they go on counting as they are stored until one does.
 */
const mostLapsed = 10_000

interface Counted {
  readonly ref: number
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

/** What a queue has, and has had. */
export interface QueueTotals {
  readonly queue: QueueEntry
  readonly count: QueueCount
  readonly entered: number
  readonly left: number
}

const columns = ['ready', 'leased', 'delayed', 'dead', 'waiting', 'entered', 'left'] as const
const sums = columns.map((each) => `coalesce(sum("${each}"), 0)::bigint as "${each}"`).join(', ')
const firstOf = (status: string) =>
  `case when c."${status}" > 0 or q.retired then
    (select min(t.arrived_at) from pw_tokens t where t.queue = q.ref and t.status = '${status}') end`
const lapsedOf = (status: string) =>
  `case when c."${status}" > 0 then (select count(*) from
    (select 1 from pw_tokens t where t.queue = q.ref and t.due <= $1::bigint and t.status = '${status}' limit ${mostLapsed}) x)
    else 0 end`

const counts = (which: string) => `select q.ref, ${columns.map((each) => `c."${each}"`).join(', ')},
    ${lapsedOf('delayed')} as due, ${lapsedOf('waiting')} as over,
    least(${firstOf('ready')}, ${firstOf('delayed')}, ${firstOf('dead')}, ${firstOf('waiting')}) as "oldestAt"
  from pw_queues q cross join lateral (select ${sums} from pw_counts n where n.queue = q.ref) c ${which} order by q.ref`

const held = (
  which: string,
) => `select queue, count(*) filter (where until <= $1::bigint) as lapsed, min(arrived_at) as "oldestAt"
  from pw_tokens where status = 'leased' ${which} group by queue`

const ofAll = { counts: counts(''), held: held('') }
const ofOne = { counts: counts('where q.ref = $2::integer'), held: held('and queue = $2::integer') }

/** Counts of the queue `ref`, or of every queue; of retired ones only while something is in them. */
export async function countQueues(session: Session, ref?: number): Promise<readonly QueueTotals[]> {
  const { rows, moment, queues } = session
  const sql = ref === undefined ? ofAll : ofOne
  const which = ref === undefined ? [] : [ref]
  const counted = await rows<Counted>(sql.counts, moment.now, ...which)
  const leased = new Map(
    (await rows<Held>(sql.held, moment.elapsed, ...which)).map((each) => [each.queue, each]),
  )
  const totals = counted.flatMap((cells) => {
    const queue = queues.of(cells.ref)
    const of = queue && totalsOf(queue, cells, leased.get(cells.ref))
    return of && (ref !== undefined || !queue.isRetired || of.count.oldestAt !== undefined) ? [of] : []
  })
  return withGates(session, totals)
}

type Bare = Omit<QueueTotals, 'count'> & { readonly count: Omit<QueueCount, 'paused' | 'parked'> }

function totalsOf(queue: QueueEntry, cells: Counted, held: Held | undefined): Bare {
  const { leased, delayed, waiting, entered, left } = cells
  // An edit by hand may have let the counts and the rows part.
  const due = Math.min(cells.due, delayed)
  const over = Math.min(cells.over, waiting)
  const lapsed = Math.min(held?.lapsed ?? 0, leased)
  const times = [cells.oldestAt, held?.oldestAt].filter((at) => typeof at === 'number')
  const count = {
    queue: queue.name,
    workflow: queue.workflow,
    role: queue.role,
    ready: cells.ready + due + over + lapsed,
    leased: leased - lapsed,
    delayed: delayed - due,
    dead: cells.dead,
    waiting: waiting - over,
    ...(times.length === 0 ? {} : { oldestAt: Math.min(...times) }),
  }
  return { queue, count, entered, left }
}

async function withGates(session: Session, totals: readonly Bare[]): Promise<readonly QueueTotals[]> {
  const gates = await gatesOf(
    session,
    totals.map(({ queue }) => queue),
  )
  const isWaiting = ({ queue, count }: Bare) =>
    count.ready > 0 && (gates.find(queue.name, '') !== undefined || queue.behind.length > 0)
  const parked = await parkedIn(
    session,
    totals.filter(isWaiting).map(({ queue }) => queue),
  )
  return totals.map((each) => {
    const { ref, name } = each.queue
    const own = gates.find(name, '')
    const paused = own !== undefined && isClosedAt(own.state, session.moment.now)
    const at = parked.get(ref)
    return { ...each, count: { ...each.count, paused, ...(at && { parked: at }) } }
  })
}
