import { pulseCursor, pulseSince } from '../../../queue/check-pulse.ts'
import type { Meter, Pulse } from '../../../queue/pulse.ts'
import { MeterCell, shownCell } from '../../../queue/rules/meter-cell.ts'
import { hourMs, minuteMs, type Placed } from '../../../queue/rules/metering.ts'
import { overriddenFor } from '../../../queue/rules/overridden-gates.ts'
import type { Session } from '../server/database.ts'
import { standOf } from '../tables/queue-entry.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import { countQueues } from './counts.ts'
import { gatesOf } from './known-gates.ts'

interface MeterCells {
  readonly ms: number
  readonly at: number
  readonly queue: number
  readonly target: number
  readonly entered: number
  readonly moved: number
  readonly failed: number
  readonly age: readonly number[]
  readonly age_ms: number
  readonly work: readonly number[]
  readonly work_ms: number
}

// All hours are earlier than all minutes.
const meters = `select ms, at, queue, target, entered, moved, failed, age, age_ms, work, work_ms from pw_meters
  where (ms = ${hourMs} and at > $1::bigint - ${hourMs}) or (ms = ${minuteMs} and at > $1::bigint - ${minuteMs})
  order by ms desc, at, queue, target`

/** How every queue is doing; `gathered` is what this process has not added to the table yet. */
export async function readPulse(
  session: Session,
  { after, gathered }: { readonly after: string | undefined; readonly gathered: readonly Placed<number>[] },
): Promise<Pulse> {
  const { now } = session.moment
  const since = pulseSince(after, now)
  const totals = await countQueues(session)
  const byQueue = metersByQueue(await session.rows<MeterCells>(meters, since), {
    since,
    gathered,
    queues: session.queues,
  })
  const gates = await gatesOf(
    session,
    totals.map(({ queue }) => queue),
  )
  return {
    at: now,
    cursor: pulseCursor(now),
    queues: totals.map(({ queue, count, entered, left }) => ({
      ...count,
      entered,
      left,
      ...overriddenFor(gates, standOf(queue)),
      meters: byQueue.get(queue.ref) ?? [],
    })),
  }
}

interface Known {
  readonly since: number
  readonly gathered: readonly Placed<number>[]
  readonly queues: QueueNames
}

/** The meters of each queue, by its ref, the earliest first. */
function metersByQueue(
  rows: readonly MeterCells[],
  { since, gathered, queues }: Known,
): ReadonlyMap<number, readonly Meter[]> {
  const own = new Map(gathered.map((each) => [keyOf(each.at, each.queue, each.to), each]))
  const byQueue = new Map<number, Meter[]>()
  for (const cells of rows) {
    const { ms, at, queue, target } = cells
    const key = ms === minuteMs ? keyOf(at, queue, target) : ''
    add(queue, { at, ms, ...toOf(target), ...sumOf(cells, own.get(key)) })
    own.delete(key)
  }
  for (const { at, queue, to, cell } of own.values())
    if (at + minuteMs > since) add(queue, { at, ms: minuteMs, ...toOf(to), ...shownCell(cell) })
  return byQueue

  function add(queue: number, meter: Meter): void {
    const known = byQueue.get(queue)
    if (known) known.push(meter)
    else byQueue.set(queue, [meter])
  }

  function toOf(target: number | undefined): Pick<Meter, 'to'> {
    const to = queues.of(target)?.name
    return to === undefined ? {} : { to }
  }
}

/** What a row of the table has counted, with what this process has not added to it yet. */
function sumOf(cells: MeterCells, own: Placed<number> | undefined): Omit<Meter, 'at' | 'ms' | 'to'> {
  const { entered, moved, failed, age, age_ms, work, work_ms } = cells
  const stored = {
    ...{ entered, moved, failed },
    age: { buckets: age, sumMs: age_ms },
    work: { buckets: work, sumMs: work_ms },
  }
  if (!own) return stored
  const sum = new MeterCell()
  sum.add(stored)
  sum.add(own.cell)
  return shownCell(sum)
}

function keyOf(at: number, queue: number, to = 0): string {
  return `${at} ${queue} ${to}`
}
