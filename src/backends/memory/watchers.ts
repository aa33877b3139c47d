import { Alarm } from '../../queue/alarm.ts'
import { keepContext } from '../../queue/keep-context.ts'
import { longestWaitMs, type MemoryQueue } from './memory-queue.ts'
import { opensIn } from './parked.ts'
import type { Queues } from './queues.ts'

type Listener = (queue?: string) => void

/** The listeners that are called when something may have become visible: by a commit, or because its time has come. */
export class Watchers {
  readonly #queues: Queues
  readonly #alarm: Alarm
  readonly #listeners = new Map<symbol, Listener>()
  /** When gates open at which the messages of queues wait. */
  readonly #opens = new Map<MemoryQueue, number>()
  #closed = false

  constructor(queues: Queues) {
    this.#queues = queues
    this.#alarm = new Alarm(queues.clock, () => this.#ring())
  }

  add(listener: Listener): () => void {
    if (this.#closed) return () => {}
    const key = Symbol()
    this.#listeners.set(key, keepContext(listener))
    for (const queue of this.#queues.all()) this.expect(queue)
    return () => {
      this.#listeners.delete(key)
      if (!this.#listeners.size) this.#alarm.off()
    }
  }

  /** Calls every listener; what one of them throws surfaces as an uncaught error, not in the commit. */
  notify(queue: MemoryQueue): void {
    for (const name of this.#queues.names.of(queue)) this.#notify(name)
    this.#await(queue)
  }

  /**
   * Sets a timer for the next message of `queue` that becomes due, or whose lease runs out, after a request that has seen to all that
   * were due: one that is now has become so since, and no listener has been told.
   */
  expect(queue: MemoryQueue): void {
    const ms = this.#await(queue)
    if (ms !== undefined && ms <= 0 && !this.#queues.isShut(queue)) this.#alarm.within(1)
  }

  // What is due already was told of; if no worker has taken it by then, it is told again after a while.
  #await(queue: MemoryQueue): number | undefined {
    if (!this.#listeners.size) return undefined
    const ms = queue.wakesInMs(this.#queues.clock)
    if (ms !== undefined) this.#alarm.within(ms > 0 ? ms : longestWaitMs)
    this.#expectGate(queue)
    return ms
  }

  /** Calls every listener with the name of a gate at which more may pass. */
  rung(gate: string): void {
    if (this.#queues.find(gate)?.name !== gate) this.#notify(gate)
  }

  // When a gate opens by itself, nothing is found that was parked: so the time at which that is expected is kept.
  #expectGate(queue: MemoryQueue): void {
    const { clock, gates } = this.#queues
    const until = opensIn(gates, queue, clock.now())
    if (until === undefined) return void this.#opens.delete(queue)
    this.#opens.set(queue, until)
    this.#alarm.within(Math.min(Math.max(until - clock.now(), 1), longestWaitMs))
  }

  /** Calls every listener once more. */
  close(): void {
    this.#closed = true
    this.#notify()
    this.#listeners.clear()
    this.#alarm.off()
  }

  #notify(queue?: string): void {
    for (const listener of [...this.#listeners.values()]) {
      try {
        listener(queue)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  #ring(): void {
    for (const queue of this.#queues.all()) {
      const ms = queue.wakesInMs(this.#queues.clock)
      const opensAt = this.#opens.get(queue) ?? Number.POSITIVE_INFINITY
      if ((ms !== undefined && ms <= 0) || opensAt <= this.#queues.clock.now()) this.notify(queue)
      else this.#await(queue)
    }
  }
}
