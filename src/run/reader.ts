import type { Change } from '../queue/change.ts'
import { checkReason } from '../queue/check-reason.ts'
import { LeaseLostError } from '../queue/errors.ts'
import { Held } from '../queue/inbox.ts'
import type { Lens, Opened } from '../queue/lens.ts'
import type { Message } from '../queue/read-queue.ts'
import { exhaustion } from './exhaustion.ts'
import type { Hold } from './keeper.ts'
import { stageKeyOf, stayKeyOf } from './keys.ts'
import { outcomeOf, planOutcome } from './outcome.ts'
import type { Runtime } from './runtime.ts'
import { tellFailure } from './tell-failure.ts'
import type { CheckedOptions } from './work.ts'

/** Where a reader reads, and how. */
export interface Reading<In, Out> {
  readonly queue: string
  readonly lens: Lens<In, Out>
  readonly runtime: Runtime
  readonly options: CheckedOptions
}

/** A message that was read and not answered yet. */
export interface InHand<In, Out> {
  readonly held: Held<In, Out>
  readonly opened: Opened<In>
  readonly hold: Hold
}

/** Reads one message after the other and remembers which ones are in hand, for loops that people write themselves. */
export class Reader<In, Out> {
  readonly inHand = new Map<string, InHand<In, Out>>()
  readonly #reading: Reading<In, Out>

  constructor(reading: Reading<In, Out>) {
    this.#reading = reading
  }

  /** Leases the next message that opens, waiting until `signal` aborts. What does not open is dealt with on the way. */
  async read(signal?: AbortSignal): Promise<Message<In>> {
    for (;;) {
      const held = await this.#lease(signal)
      const { id, hop, attempts } = held.row
      const hold = this.#reading.runtime.keeper.hold(held.fence, this.#reading.options.leaseMs, () => {
        // It may have been read again under a new lease meanwhile.
        if (this.inHand.get(id)?.held === held) this.inHand.delete(id)
      })
      try {
        const opened = await held.open()
        this.inHand.set(id, { held, opened, hold })
        return {
          id,
          hop,
          key: stayKeyOf(held.row),
          stageKey: stageKeyOf(held.fence.queue, id),
          attempt: attempts + 1,
          value: opened.value,
        }
      } catch (error) {
        await this.#refuse(held, error).finally(() => this.#reading.runtime.keeper.drop(hold))
      }
    }
  }

  /** The message `id`, if it is in hand. Throws a `LeaseLostError` if it is not. */
  take(id: string): InHand<In, Out> {
    const found = this.inHand.get(id)
    if (found) return found
    const { queue } = this.#reading
    throw new LeaseLostError(`No lease on token "${id}" in queue "${queue}" is held here: read it first.`, {
      queue,
      id,
    })
  }

  /** Commits the answer to `id`; then it is not in hand any more. */
  async commit(id: string, changes: readonly Change[]): Promise<void> {
    const { backend, keeper } = this.#reading.runtime
    const { held, hold } = this.take(id)
    await backend.commit(changes)
    if (this.inHand.get(id)?.held === held) this.inHand.delete(id)
    keeper.drop(hold)
  }

  /** Takes a message that is in hand out for good. */
  async discard(id: string, reason: string): Promise<void> {
    const { queue } = this.#reading
    checkReason(reason, `Discarding token "${id}" from queue "${queue}"`, { queue, id })
    await this.commit(id, [{ kind: 'pop', ...this.take(id).held.fence, event: 'discarded', reason }])
  }

  /** Gives a message that is in hand back, uncharged. */
  async release(id: string, delayMs = 0): Promise<void> {
    await this.commit(id, [{ kind: 'postpone', ...this.take(id).held.fence, delayMs, charge: false }])
  }

  async #lease(signal: AbortSignal | undefined): Promise<Held<In, Out>> {
    const { queue, lens, options, runtime } = this.#reading
    const { leaseMs, timeoutMs } = options
    const { backend, keeper, owner, deploy } = runtime
    for (;;) {
      // An abort between two waits is heard by neither.
      signal?.throwIfAborted()
      const { woken, unwatch } = watchFor(runtime, queue, signal)
      try {
        const [row] = await keeper.lease(queue, { owner, leaseMs, timeoutMs })
        if (!row) {
          await woken
          continue
        }
        const held = new Held(queue, lens, row, deploy)
        const failure = exhaustion(row, options)
        if (!failure) return held
        const changes = await held.giveUp(failure)
        await backend.commit(changes)
        tellFailure(runtime.log, changes)
      } finally {
        unwatch()
      }
    }
  }

  async #refuse(held: Held<In, Out>, error: unknown): Promise<void> {
    const { options, runtime } = this.#reading
    const facts = {
      retry: options.retry,
      attempt: held.row.attempts + 1,
      jitter: runtime.jitter,
    }
    const changes = await planOutcome(held, outcomeOf(error), facts)
    await runtime.backend.commit(changes)
    tellFailure(runtime.log, changes)
  }
}

/** Resolves when something may have come into `queue`; rejects when `signal` aborts. */
function watchFor({ backend }: Runtime, queue: string, signal: AbortSignal | undefined) {
  let unwatch: () => void = () => {}
  const woken = new Promise<void>((resolve, reject) => {
    // A backend's watch never keeps a process alive; somebody who waits for a message should.
    const alive = setInterval(() => {}, 2 ** 30)
    const stopWatching = backend.watch((changed) => (changed === undefined || changed === queue) && resolve())
    const abort = () => reject(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    unwatch = () => {
      clearInterval(alive)
      stopWatching()
      signal?.removeEventListener('abort', abort)
    }
  })
  woken.catch(() => {})
  return { woken, unwatch }
}
