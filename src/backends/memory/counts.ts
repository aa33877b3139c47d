import type { MemoryQueue } from './memory-queue.ts'

/** How many messages have come to queues in a transaction, and left them: the totals of the queues grow when it is published. */
export class DraftCounts {
  readonly #moves: (readonly [queue: MemoryQueue, what: 'entered' | 'left'])[] = []

  /** A token goes from one queue to another; undefined where it is in none. */
  move(from: MemoryQueue | undefined, to: MemoryQueue | undefined): void {
    if (from) this.#moves.push([from, 'left'])
    if (to) this.#moves.push([to, 'entered'])
  }

  publish(): void {
    for (const [queue, what] of this.#moves) queue.totals[what]++
  }
}
