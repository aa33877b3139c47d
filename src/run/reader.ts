import type { Change } from '../queue/change.ts'
import { checkReason } from '../queue/check-reason.ts'
import { LeaseLostError } from '../queue/errors.ts'
import { Held } from '../queue/inbox.ts'
import type { Lens, Opened } from '../queue/lens.ts'
import type { Message } from '../queue/read-queue.ts'
import { commitAgain } from './commit-again.ts'
import { exhaustionOf, isExhausted } from './exhaustion.ts'
import type { Hold } from './hold.ts'
import { stageKeyOf, stayKeyOf } from './keys.ts'
import { leaseRequest } from './lease-request.ts'
import { type Outcome, outcomeOf, planOutcome } from './outcome.ts'
import { ReadIntake } from './read-intake.ts'
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
  /** Tells that it is not in hand any more. */
  readonly over: () => void
}

/** Reads one message after the other and remembers which ones are in hand, for loops that people write themselves. */
export class Reader<In, Out> {
  readonly inHand = new Map<string, InHand<In, Out>>()
  readonly #reading: Reading<In, Out>
  readonly #intake: ReadIntake

  constructor(reading: Reading<In, Out>) {
    const { options, queue, runtime } = reading
    this.#reading = reading
    this.#intake = new ReadIntake({ queue, runtime, request: leaseRequest(options, runtime.owner) })
  }

  /** Leases the next message that opens, waiting until `signal` aborts. What does not open is dealt with on the way. */
  async read(signal?: AbortSignal): Promise<Message<In>> {
    for (;;) {
      const { held, hold, over } = await this.#next(signal)
      const { id, hop, attempts } = held.row
      hold.onLost(() => {
        // It may have been read again under a new lease meanwhile.
        if (this.inHand.get(id)?.held === held) this.inHand.delete(id)
        over()
      })
      try {
        const opened = await held.open()
        if (hold.isLost) continue
        this.inHand.set(id, { held, opened, hold, over })
        return {
          id,
          hop,
          key: stayKeyOf(held.row),
          stageKey: stageKeyOf(held.fence.queue, id),
          attempt: attempts + 1,
          value: opened.value,
        }
      } catch (error) {
        await this.#refuse(held, outcomeOf(error), () => hold.isLost || signal?.aborted === true).finally(
          () => {
            this.#reading.runtime.keeper.drop(hold)
            over()
          },
        )
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
    const inHand = this.take(id)
    await this.#reading.runtime.backend.commit(changes)
    this.#letGo(id, inHand)
  }

  /** Takes a message that is in hand out for good. */
  async discard(id: string, reason: string): Promise<void> {
    const { queue } = this.#reading
    checkReason(reason, `Discarding token "${id}" from queue "${queue}"`, { queue, id })
    await this.commit(id, [this.take(id).held.pop('discarded', { reason })])
  }

  /** Gives a message that is in hand back, uncharged. */
  async release(id: string, delayMs = 0): Promise<void> {
    await this.commit(id, [this.take(id).held.postpone(delayMs, false)])
  }

  /**
   * Commits how the attempt on a message that is in hand has ended, for as long as its lease holds, and logs it if it has
   * failed: `failed` does what a worker's throw does. Then it is not in hand any more.
   */
  async settle(id: string, outcome: Outcome<In, Out>): Promise<void> {
    const inHand = this.take(id)
    await this.#refuse(inHand.held, outcome, () => inHand.hold.isLost)
    this.#letGo(id, inHand)
  }

  #letGo(id: string, { held, hold, over }: InHand<In, Out>): void {
    if (this.inHand.get(id)?.held === held) this.inHand.delete(id)
    this.#reading.runtime.keeper.drop(hold)
    over()
  }

  /** Leases the next message that something is left to try with. */
  async #next(signal: AbortSignal | undefined): Promise<Pick<InHand<In, Out>, 'held' | 'hold' | 'over'>> {
    const { queue, lens, options, runtime } = this.#reading
    for (;;) {
      const { hold, over } = await this.#intake.next(signal)
      const held = new Held(queue, lens, hold.row, runtime)
      if (!isExhausted(hold.row, options)) return { held, hold, over }
      try {
        const exhaustion = await exhaustionOf(runtime.backend, queue, hold.row, options)
        await this.#refuse(
          held,
          { kind: 'exhausted', ...exhaustion },
          () => hold.isLost || signal?.aborted === true,
        )
      } finally {
        runtime.keeper.drop(hold)
        over()
      }
    }
  }

  /** Commits what becomes of a message that the reader does not answer, for as long as its lease holds. */
  async #refuse(held: Held<In, Out>, outcome: Outcome<In, Out>, isOver: () => boolean): Promise<void> {
    const { options, runtime } = this.#reading
    const facts = {
      retry: options.retry,
      attempt: held.row.attempts + 1,
      jitter: runtime.jitter,
    }
    const changes = await planOutcome(held, outcome, facts)
    const message = 'What becomes of a message could not be committed; trying again.'
    await commitAgain(runtime, changes, { fence: held.fence, message, isOver })
    tellFailure(runtime.log, changes)
  }
}
