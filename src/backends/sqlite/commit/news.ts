import type { QueueEntry } from '../tables/queue-entry.ts'

/** What waiting workers, here and in other processes, must be told of the transaction that is open. */
export class News {
  /** Queues in which something may have become visible. */
  readonly visible = new Set<QueueEntry>()
  /** The names of gates at which more may pass. */
  readonly rung = new Set<string>()
  /** Whether something has become visible that is not leased by the end of this transaction, so that other processes must look. */
  isForOthers = false
  /** The earliest wall time at which something that was delayed in this transaction becomes due. */
  nextDue = Number.POSITIVE_INFINITY
  /** The earliest elapsed time at which a lease of this transaction ends. */
  nextUntil = Number.POSITIVE_INFINITY

  /** Forgets all of it. */
  clear(): void {
    this.visible.clear()
    this.rung.clear()
    this.isForOthers = false
    this.nextDue = Number.POSITIVE_INFINITY
    this.nextUntil = Number.POSITIVE_INFINITY
  }

  /** A message has come to a queue. It may still be leased in this transaction, so this is not for others yet. */
  hasCome(queue: QueueEntry, due: number | undefined): void {
    if (due === undefined) this.visible.add(queue)
    else this.expectDue(due)
  }

  /** A message that was in a queue already has become visible. */
  notify(queue: QueueEntry): void {
    this.visible.add(queue)
    this.isForOthers = true
  }

  /** Something becomes due at a wall time. */
  expectDue(at: number): void {
    this.nextDue = Math.min(this.nextDue, at)
  }

  /** A lease ends at an elapsed time. */
  expectUntil(elapsed: number): void {
    this.nextUntil = Math.min(this.nextUntil, elapsed)
  }
}
