import type { Meter, Pulse } from '../queue/pulse.ts'
import { MeterCell } from '../queue/rules/meter-cell.ts'

/** What the meters of one queue have counted since this began: it only grows. */
export interface QueueTotals {
  readonly workflow: string
  readonly queue: string
  readonly cell: MeterCell
}

/**
 * Sums of meters that only grow, as Prometheus wants them: each pulse has the meters since the one before, and the last of those may
 * get more. So what is older than its cursor is added up for good, and the rest anew each time.
 */
export class MeterTotals {
  readonly #closed = new Map<string, QueueTotals>()
  #open: Pulse | undefined

  /** Takes in a pulse that was asked for with the cursor of the last one, and returns the totals of its queues. */
  add(pulse: Pulse): readonly QueueTotals[] {
    const last = this.#open
    if (last) {
      const since = Number(last.cursor)
      for (const { workflow, queue, meters } of last.queues)
        for (const meter of meters) if (isOver(meter, since)) this.#closedOf(workflow, queue).cell.add(meter)
    }
    this.#open = pulse
    return pulse.queues.map(({ workflow, queue, meters }) => {
      const cell = new MeterCell()
      const closed = this.#closed.get(queue)
      if (closed) cell.add(closed.cell)
      for (const meter of meters) cell.add(meter)
      return { workflow, queue, cell }
    })
  }

  #closedOf(workflow: string, queue: string): QueueTotals {
    const known = this.#closed.get(queue)
    if (known) return known
    const totals = { workflow, queue, cell: new MeterCell() }
    this.#closed.set(queue, totals)
    return totals
  }
}

/** Whether a pulse with the cursor `since` has it no more. */
function isOver({ at, ms }: Meter, since: number): boolean {
  return at + ms <= since
}
