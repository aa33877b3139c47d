import { pulseCursor, pulseSince } from '../../../queue/check-pulse.ts'
import type { Meter, Pulse } from '../../../queue/pulse.ts'
import { MeterCell, shownCell } from '../../../queue/rules/meter-cell.ts'
import { hourMs, Metering, minuteMs, minutesForMs, type Placed } from '../../../queue/rules/metering.ts'
import { overriddenFor } from '../../../queue/rules/overridden-gates.ts'
import { countInboxes } from '../inbox/inbox-rows.ts'
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
    now,
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
    queues: [
      ...totals.map(({ queue, count, entered, left }) => ({
        ...count,
        entered,
        left,
        ...overriddenFor(gates, standOf(queue)),
        meters: byQueue.get(queue.ref) ?? [],
      })),
      // What is in an inbox now is all that is known of it.
      ...(await countInboxes(session)).map((count) => ({
        ...count,
        entered: count.ready + count.dead,
        left: 0,
        meters: [],
      })),
    ],
  }
}

interface Known {
  readonly now: number
  readonly since: number
  readonly gathered: readonly Placed<number>[]
  readonly queues: QueueNames
}

/** The meters of each queue, by its number, the earliest first; what is older than two days is of the hour, whether the upkeep has been there or not. */
function metersByQueue(
  rows: readonly MeterCells[],
  { now, since, gathered, queues }: Known,
): ReadonlyMap<number, readonly Meter[]> {
  const hours = new Metering<number>(hourMs)
  const minutes = new Metering<number>(minuteMs)
  const add = (ms: number, placed: Placed<number>) =>
    (ms === hourMs || placed.at < now - minutesForMs ? hours : minutes).add(placed)
  for (const cells of rows) add(cells.ms, placedOf(cells))
  for (const placed of gathered) add(minuteMs, placed)
  const byQueue = new Map<number, Meter[]>()
  for (const { ms, cells } of [hours, minutes])
    for (const { at, queue, to, cell } of cells.toSorted(
      (a, b) => a.at - b.at || (a.to ?? 0) - (b.to ?? 0),
    )) {
      if (at + ms <= since) continue
      const name = queues.of(to)?.name
      const meter = { at, ms, ...(name !== undefined && { to: name }), ...shownCell(cell) }
      byQueue.set(queue, [...(byQueue.get(queue) ?? []), meter])
    }
  return byQueue
}

function placedOf({ at, queue, target, ...cells }: MeterCells): Placed<number> {
  const { entered, moved, failed, age, age_ms, work, work_ms } = cells
  const cell = new MeterCell()
  cell.add({
    ...{ entered, moved, failed },
    age: { buckets: age, sumMs: age_ms },
    work: { buckets: work, sumMs: work_ms },
  })
  return { at, queue, to: target === 0 ? undefined : target, cell }
}
