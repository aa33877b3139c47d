import type { Backend } from '../../queue/backend.ts'
import type { Meter, QueuePulse } from '../../queue/pulse.ts'
import { MeterCell, shownCell } from '../../queue/rules/meter-cell.ts'
import { Metering, minuteMs, type Placed } from '../../queue/rules/metering.ts'
import { dayMs } from './day.ts'

/** What is so old is not told of any more by a process that has gathered it, in milliseconds. */
const settledMs = 5 * minuteMs

/**
 * The queues with a meter for each day, and place that what happened there led to. Some days have a hundred thousand meters, so those
 * that cannot change any more are added up once.
 */
export class DayMeters {
  readonly #backend: Pick<Backend, 'pulse'>
  #settled = new Metering<string>(dayMs)
  #since = Number.POSITIVE_INFINITY
  /** Up to where meters are in `#settled`. */
  #until = 0

  constructor(backend: Pick<Backend, 'pulse'>) {
    this.#backend = backend
  }

  /** The queues as they are now, their meters since `since`, a time in milliseconds at which a day begins. */
  async read(since: number): Promise<{ readonly at: number; readonly queues: readonly QueuePulse[] }> {
    if (since < this.#since) {
      this.#settled = new Metering(dayMs)
      this.#until = since
    }
    this.#since = since
    this.#settled.drop(since)
    const from = Math.max(since, this.#until)
    const { at, queues } = await this.#backend.pulse(String(from))
    this.#until = Math.max(from, Math.floor((at - settledMs) / minuteMs) * minuteMs)
    const open = new Metering<string>(dayMs)
    for (const { queue, meters } of queues)
      for (const meter of meters)
        if (meter.at >= from) (meter.at < this.#until ? this.#settled : open).add(placed(queue, meter))
    for (const cell of this.#settled.cells) open.add(cell)
    const byQueue = new Map<string, Meter[]>(queues.map(({ queue }) => [queue, []]))
    for (const each of open.cells) byQueue.get(each.queue)?.push(meterOf(each))
    return { at, queues: queues.map((each) => ({ ...each, meters: byQueue.get(each.queue) ?? [] })) }
  }
}

function placed(queue: string, { at, to, ...counts }: Meter): Placed<string> {
  const cell = new MeterCell()
  cell.add(counts)
  return { at, queue, to, cell }
}

function meterOf({ at, to, cell }: Placed<string>): Meter {
  return { at, ms: dayMs, ...(to !== undefined && { to }), ...shownCell(cell) }
}
