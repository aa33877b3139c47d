import { pulseCursor, pulseSince } from '../../../queue/check-pulse.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { Meter, Pulse, QueuePulse } from '../../../queue/pulse.ts'
import { shownCell } from '../../../queue/rules/meter-cell.ts'
import { hourMs, minuteMs, type Placed } from '../../../queue/rules/metering.ts'
import { overriddenFor } from '../../../queue/rules/overridden-gates.ts'
import type { Connection } from '../file/connection.ts'
import { countInboxes } from '../inbox/inbox-rows.ts'
import { bucketsOf, type MeterCells, meterColumns, readCell } from '../tables/meter-cells.ts'
import { prepared } from '../tables/prepared.ts'
import { type QueueEntry, standOf } from '../tables/queue-entry.ts'
import { countQueues } from './counts.ts'
import { GatesInFile } from './gates.ts'

/** What the pulse is read at. */
interface PulseRequest {
  readonly after: string | undefined
  readonly moment: Moment
  /** What this process has not added to the table yet. */
  readonly gathered: readonly Placed<number>[]
}

const part = (ms: number) => `select ${meterColumns} from pw_meters where ms = ${ms} and at > @since - ${ms}`
// In the order of the primary key: all hours are earlier than all minutes.
const meters = `${part(hourMs)} union all ${part(minuteMs)}`

/** How every queue is doing. */
export function readPulse(db: Connection, { after, moment, gathered }: PulseRequest): Pulse {
  const since = pulseSince(after, moment.now)
  const totals = countQueues(db, moment)
  const entries = prepared<[], Pick<QueueEntry, 'ref' | 'name' | 'behind'>>(
    db,
    'select ref, name, behind from pw_queues',
  ).all()
  const byRef = new Map(entries.map((each) => [each.ref, each]))
  const names = new Map(entries.map(({ ref, name }) => [ref, name]))
  const byQueue = metersSince(db, since, { gathered, names })
  const gates = new GatesInFile(db)
  const queues: QueuePulse[] = totals.map(({ ref, count, entered, left }) => ({
    ...count,
    entered,
    left,
    ...overriddenFor(gates, standOf(byRef.get(ref)!)),
    meters: byQueue.get(ref) ?? [],
  }))
  // What is in an inbox now is all that is known of it.
  for (const count of countInboxes(db))
    queues.push({ ...count, entered: count.ready + count.dead, left: 0, meters: [] })
  return { at: moment.now, cursor: pulseCursor(moment.now), queues }
}

interface Known {
  readonly gathered: readonly Placed<number>[]
  readonly names: ReadonlyMap<number, string>
}

/** The meters of each queue, by its ref, the earliest first. */
function metersSince(
  db: Connection,
  since: number,
  { gathered, names }: Known,
): ReadonlyMap<number, readonly Meter[]> {
  const own = new Map(gathered.map((each) => [keyOf(each.at, each.queue, each.to), each]))
  const byQueue = new Map<number, Meter[]>()
  for (const cells of prepared<[object], MeterCells>(db, meters).raw().all({ since })) {
    const [ms, at, queue, target] = cells
    const key = own.size === 0 || ms !== minuteMs ? '' : keyOf(at, queue, target || undefined)
    add(queue, sumOf(cells, names, own.get(key)))
    own.delete(key)
  }
  for (const { at, queue, to, cell } of own.values())
    if (at + minuteMs > since) add(queue, { at, ms: minuteMs, ...toOf(names, to), ...shownCell(cell) })
  return byQueue

  function add(queue: number, meter: Meter): void {
    const known = byQueue.get(queue)
    if (known) known.push(meter)
    else byQueue.set(queue, [meter])
  }
}

/** The meter of a row of the table, with what this process has not added to it yet. */
function sumOf(cells: MeterCells, names: Known['names'], own: Placed<number> | undefined): Meter {
  const [ms, at, , target, entered, moved, failed, age, ageMs, work, workMs] = cells
  const to = toOf(names, target || undefined)
  if (own) {
    const cell = readCell(cells)
    cell.add(own.cell)
    return { at, ms, ...to, ...shownCell(cell) }
  }
  return {
    at,
    ms,
    ...to,
    entered,
    moved,
    failed,
    age: { buckets: bucketsOf(age), sumMs: ageMs },
    work: { buckets: bucketsOf(work), sumMs: workMs },
  }
}

function toOf(names: Known['names'], target: number | undefined): Pick<Meter, 'to'> {
  const to = target === undefined ? undefined : names.get(target)
  return to === undefined ? {} : { to }
}

function keyOf(at: number, queue: number, to = 0): string {
  return `${at} ${queue} ${to}`
}
