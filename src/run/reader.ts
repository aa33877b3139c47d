import type { Change } from '../queue/change.ts'
import { checkReason } from '../queue/check-reason.ts'
import { isPipewrightError } from '../queue/errors.ts'
import { Held } from '../queue/inbox.ts'
import type { Lens } from '../queue/lens.ts'
import type { Message, Which } from '../queue/read-queue.ts'
import { commitAgain } from './commit-again.ts'
import { currentRun } from './current-run.ts'
import { exhaustionOf, isExhausted } from './exhaustion.ts'
import { Hand, type InHand, idOf } from './hand.ts'
import type { Hold } from './hold.ts'
import { stageKeyOf, stayKeyOf } from './keys.ts'
import { leaseRequest } from './lease-request.ts'
import type { Loops } from './loops.ts'
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

/** Reads one message after the other and remembers which ones are in hand, for loops that people write themselves. */
export class Reader<In, Out> {
  readonly hand: Hand<In, Out>
  readonly #reading: Reading<In, Out>
  readonly #intake: ReadIntake

  constructor(reading: Reading<In, Out>) {
    const { options, queue, runtime } = reading
    this.#reading = reading
    this.hand = new Hand(queue)
    this.#intake = new ReadIntake({ queue, runtime, request: leaseRequest(options, runtime.owner) })
  }

  /** Leases the next message that opens, waiting until `signal` aborts. What does not open is dealt with on the way. */
  async read(signal?: AbortSignal): Promise<Message<In>> {
    const { loops } = this.hand
    loops.wait()
    try {
      return await this.#read(loops, signal)
    } finally {
      loops.waited()
    }
  }

  async #read(loops: Loops, signal?: AbortSignal): Promise<Message<In>> {
    const run = currentRun()
    for (;;) {
      const { held, hold, over } = await this.#next(signal)
      const { id, hop, lease, attempts } = held.row
      hold.onLost(() => {
        this.hand.lose(held)
        over()
      })
      try {
        const opened = await held.open()
        if (hold.isLost) continue
        this.hand.put({ held, opened, hold, run, round: loops.begin(), over })
        return {
          id,
          hop,
          lease,
          key: stayKeyOf(held.row),
          stageKey: stageKeyOf(held.fence.queue, id),
          attempt: attempts + 1,
          value: opened.value,
        }
      } catch (error) {
        await this.#refuse(held, outcomeOf(error), isOver(hold, signal)).finally(over)
      }
    }
  }

  /** Commits the answer to a message that is in hand; then it is not in hand any more. */
  async commit(inHand: InHand<In, Out>, changes: readonly Change[]): Promise<void> {
    await this.#answer(inHand, () => this.#reading.runtime.backend.commit(changes))
  }

  /** Takes a message that is in hand out for good. */
  async discard(which: Which, reason: string): Promise<void> {
    const { queue } = this.#reading
    checkReason(reason, `Discarding token "${idOf(which)}" from queue "${queue}"`, { queue, id: idOf(which) })
    const inHand = this.hand.take(which)
    await this.commit(inHand, [inHand.held.pop('discarded', { reason })])
  }

  /** Gives a message that is in hand back, uncharged. */
  async release(which: Which, delayMs = 0): Promise<void> {
    const inHand = this.hand.take(which)
    await this.commit(inHand, [inHand.held.postpone(delayMs, false)])
  }

  /** Fails the attempt on a message that is in hand. */
  async fail(which: Which, error: unknown): Promise<void> {
    const isCommitted = await this.settle(this.hand.take(which), { kind: 'failed', error })
    if (!isCommitted) throw this.hand.refuse(which)
  }

  /**
   * Commits how the attempt on a message that is in hand has ended, for as long as its lease holds, and logs it if it has
   * failed: `failed` does what a worker's throw does. Then it is not in hand any more. Resolves with whether it was
   * committed: a lease may be lost while the database cannot be written.
   */
  async settle(inHand: InHand<In, Out>, outcome: Outcome<In, Out>): Promise<boolean> {
    return this.#answer(inHand, () => this.#refuse(inHand.held, outcome, isOver(inHand.hold)))
  }

  /** Has `inHand` answered by `commit`. Refused by its fence, it is not in hand any more either. */
  async #answer<T>(inHand: InHand<In, Out>, commit: () => Promise<T>): Promise<T> {
    try {
      const result = await commit()
      this.hand.letGo(inHand)
      inHand.over()
      return result
    } catch (error) {
      inHand.round.heard()
      if (isPipewrightError(error) && error.code === 'lease_lost') {
        this.hand.lose(inHand.held)
        inHand.over()
      }
      throw error
    }
  }

  /** Leases the next message that something is left to try with. */
  async #next(signal: AbortSignal | undefined): Promise<Pick<InHand<In, Out>, 'held' | 'hold' | 'over'>> {
    const { queue, lens, options, runtime } = this.#reading
    for (;;) {
      const { hold, over } = await this.#intake.next(signal)
      const held = new Held(lens, hold, runtime)
      if (!isExhausted(hold.row, options)) return { held, hold, over }
      try {
        const exhaustion = await exhaustionOf(runtime.backend, queue, hold.row, options)
        await this.#refuse(held, { kind: 'exhausted', ...exhaustion }, isOver(hold, signal))
      } finally {
        over()
      }
    }
  }

  /** Commits what becomes of a message that the reader does not answer, for as long as its lease holds. */
  async #refuse(held: Held<In, Out>, outcome: Outcome<In, Out>, over: () => boolean): Promise<boolean> {
    const { options, runtime } = this.#reading
    const facts = {
      retry: options.retry,
      attempt: held.row.attempts + 1,
      runtime,
    }
    const changes = await planOutcome(held, outcome, facts)
    const message = 'What becomes of a message could not be committed; trying again.'
    const again = { fence: held.fence, message, isOver: over }
    const isCommitted = await commitAgain(runtime, changes, again)
    if (isCommitted) tellFailure(runtime.log, changes)
    return isCommitted
  }
}

/** Tells when nothing can be committed, or needs to be, about a message: its lease is gone, or the read called off. */
function isOver(hold: Hold, signal?: AbortSignal): () => boolean {
  return () => hold.isLost || signal?.aborted === true
}
