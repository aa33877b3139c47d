import type { QueueEntry } from '../tables/queue-entry.ts'

/** What waiting workers, here and in other processes, must be told of a transaction. */
export class News {
  /** Queues in which something has become visible. */
  readonly visible = new Set<QueueEntry>()
  /** Those of which listeners of this process were told before. */
  readonly announced = new Set<QueueEntry>()
  /** Those in which nothing is left for other processes. */
  readonly own = new Set<QueueEntry>()
  /** The names of gates at which more may pass. */
  readonly rung = new Set<string>()
  /** The earliest time at which something is due. */
  nextDue = Number.POSITIVE_INFINITY
  /** The earliest elapsed time at which a lease ends. */
  nextUntil = Number.POSITIVE_INFINITY

  notify(queue: QueueEntry): void {
    this.visible.add(queue)
  }

  expectDue(at: number): void {
    this.nextDue = Math.min(this.nextDue, at)
  }

  expectUntil(elapsed: number): void {
    this.nextUntil = Math.min(this.nextUntil, elapsed)
  }
}
