import type { Connection } from '../file/connection.ts'
import { LaneRows, unblocked } from '../tables/lane-rows.ts'
import { prepared } from '../tables/prepared.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { Registry } from '../tables/registry.ts'

/** What lanes need of the transaction that they are part of. */
interface Around {
  readonly registry: Registry
  /** Writes all that is gathered. */
  settle(): void
}

/** The lanes in the transaction that is open. */
export class OpenLanes extends LaneRows {
  readonly #db: Connection
  readonly #open: Around

  constructor(db: Connection, open: Around) {
    super(db)
    this.#db = db
    this.#open = open
  }

  /** The lane of a key in a queue, which is made if need be; from its first one on the queue has keys. */
  of(queue: QueueEntry, key: string): number {
    const known = this.find(queue.ref, key)
    if (known !== undefined) return known
    if (!this.#open.registry.of(queue.ref)?.keyed) this.#begin(queue)
    return this.find(queue.ref, key) ?? this.make(queue.ref, key)
  }

  // What is in the queue without a key is a lane too.
  #begin(queue: QueueEntry): void {
    this.#open.settle()
    prepared<[number], never>(this.#db, 'update pw_queues set keyed = 1 where ref = ?').run(queue.ref)
    prepared<[], never>(this.#db, 'update pw_declared set times = times + 1').run()
    this.#open.registry.redeclared()
    if (this.find(queue.ref, '') === undefined) this.make(queue.ref, '')
    this.wakeAll(queue.ref)
  }

  /** Puts a lane in line with another priority, where it was. */
  move(ref: number, priority: number): void {
    prepared<[number, number], never>(this.#db, 'update pw_lanes set priority = ? where ref = ?').run(
      priority,
      ref,
    )
  }

  /** Records that in any lane of a queue anything may be ready. */
  wakeAll(queue: number): void {
    prepared<[{ queue: number }], never>(
      this.#db,
      `update pw_lanes set idle = 0, suspects = 1, ${unblocked},
         priority = coalesce((select min(priority) from pw_tokens where queue = @queue and status is not 'leased'), priority)
         where queue = @queue`,
    ).run({ queue })
  }

  /** Gives messages that have come to a queue from another one the lanes of their keys there. */
  moveTo(from: number, to: QueueEntry): void {
    const lanes = prepared<[number, number], { readonly ref: number; readonly key: string }>(
      this.#db,
      `select ref, key from pw_lanes where queue = ? and key <> '' and
         ref in (select distinct lane from pw_tokens where queue = ? and status is not 'leased')`,
    ).all(from, to.ref)
    const relane = prepared<[number, number, number], never>(
      this.#db,
      `update pw_tokens set lane = ? where queue = ? and lane = ? and status is not 'leased'`,
    )
    for (const { ref, key } of lanes) relane.run(this.of(to, key), to.ref, ref)
    this.wakeAll(to.ref)
  }
}
