import type { JourneyLine } from '../../queue/journey.ts'
import type { Meter } from '../../queue/pulse.ts'
import { shownCell } from '../../queue/rules/meter-cell.ts'
import { hourMs, kindOf, Metering, metersForMs, minuteMs, minutesForMs } from '../../queue/rules/metering.ts'
import type { MemoryQueue } from './memory-queue.ts'

/** What the meters need of a line of the history. */
type MeteredLine = Pick<JourneyLine, 'at' | 'event' | 'attempt' | 'workMs'>

/** The meters of all queues: by the minute, and by the hour where they are older than two days. */
export class Meters {
  readonly #minutes = new Metering<MemoryQueue>(minuteMs)
  readonly #hours = new Metering<MemoryQueue>(hourMs)
  #tidiedAt = 0

  /** Counts a line of the history of a token that was in `queue`, and has gone `to` another. */
  tell({ at, event, attempt, workMs }: MeteredLine, queue: MemoryQueue, to: MemoryQueue | undefined): void {
    if (Math.abs(at - this.#tidiedAt) >= hourMs) this.#tidy(at)
    this.#minutes.tell({ at, queue, to, kind: kindOf(event, attempt), workMs })
  }

  tellLease(at: number, queue: MemoryQueue, ageMs: number): void {
    this.#minutes.tellLease(at, queue, { ageMs })
  }

  /** The meters of a queue of which some part is later than `since`. */
  of(queue: MemoryQueue, since: number): readonly Meter[] {
    return [this.#hours, this.#minutes].flatMap(({ ms, cells }) =>
      cells
        .filter((each) => each.queue === queue && each.at + ms > since)
        .sort((a, b) => a.at - b.at)
        .map(({ at, to, cell }) => ({ at, ms, ...(to && { to: to.name }), ...shownCell(cell) })),
    )
  }

  #tidy(now: number): void {
    this.#tidiedAt = now
    for (const old of this.#minutes.drop(now - minutesForMs)) this.#hours.add(old)
    this.#hours.drop(now - metersForMs)
  }
}
