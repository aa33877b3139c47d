import type { Role } from '../../../queue/declaration.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { QueueCount } from '../../../queue/queue-count.ts'
import { isClosedAt } from '../../../queue/rules/gate.ts'
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

/** As SQLite gives it: as an array, since an object with so many fields takes ten times the memory. */
type Counted = [
  ref: number,
  queue: string,
  workflow: string,
  role: Role,
  behind: string | null,
  retired: number,
  ready: number,
  leased: number,
  delayed: number,
  dead: number,
  waiting: number,
  entered: number,
  left: number,
  due: number,
  over: number,
  oldestAt: number | null,
]

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

const count = (column: string) => `coalesce(c.${column}, 0)`
const firstOf = (status: string) =>
  `iif(c.${status} > 0 or q.retired, (select min(arrived_at) from pw_tokens where ${inLineOf('q.ref')} and status = '${status}'), null)`
const lapsedOf = (status: string) => `(select count(*) from
      (select 1 from pw_tokens where queue = q.ref and due <= @now and status = '${status}' limit ${mostLapsed}))`
const soonest = (...times: string[]) =>
  `(select min(column1) from (values ${times.map((each) => `(${each})`).join(', ')}))`

const counts = `select q.ref, q.name, q.workflow, q.role, q.behind, q.retired,
    ${['ready', 'leased', 'delayed', 'dead', 'waiting', 'entered', 'left'].map(count).join(', ')},
    iif(c.delayed > 0, ${lapsedOf('delayed')}, 0), iif(c.waiting > 0, ${lapsedOf('waiting')}, 0),
    ${soonest(firstOf('ready'), firstOf('delayed'), firstOf('dead'), firstOf('waiting'))}
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
  const gates = new GatesInFile(db)
  const totals: QueueTotals[] = []
  for (const cells of prepared<[object], Counted>(db, counts).raw().all(binds)) {
    const of = totalsOf(gates, cells, { held: leased.get(cells[0]), now: moment.now })
    const isRetired = cells[5] !== 0
    if (ref !== undefined || !isRetired || of.count.oldestAt !== undefined) totals.push(of)
  }
  return totals
}

function totalsOf(
  gates: GatesInFile,
  cells: Counted,
  { held, now }: { readonly held: Held | undefined; readonly now: number },
): QueueTotals {
  const [ref, queue, workflow, role, behind, , stored, leased, delayed, dead, waiting, entered, left] = cells
  // An edit by hand may have let the counts and the rows part for a while.
  const due = Math.min(cells[13], delayed)
  const over = Math.min(cells[14], waiting)
  const lapsed = Math.min(held?.lapsed ?? 0, leased)
  const times = [cells[15], held?.oldestAt].filter((at) => typeof at === 'number')
  const ready = stored + due + over + lapsed
  const { paused, parked } = gatesOf(gates, { ref, name: queue, behind }, { ready, now })
  const count: QueueCount = {
    queue,
    workflow,
    role,
    ready,
    leased: leased - lapsed,
    delayed: delayed - due,
    dead,
    waiting: waiting - over,
    paused,
    ...(times.length === 0 ? {} : { oldestAt: Math.min(...times) }),
    ...(parked && { parked }),
  }
  return { ref, count, entered, left }
}

function gatesOf(
  gates: GatesInFile,
  queue: Pick<QueueEntry, 'ref' | 'name' | 'behind'>,
  { ready, now }: { readonly ready: number; readonly now: number },
): Pick<QueueCount, 'paused' | 'parked'> {
  const own = gates.find(queue.name, '')
  const paused = own !== undefined && isClosedAt(own.state, now)
  const isWaiting = ready > 0 && (own !== undefined || queue.behind !== null)
  return { paused, parked: isWaiting ? gates.parkedIn(queue, now) : undefined }
}
