import type { Change } from '../../queue/change.ts'
import { checkReason } from '../../queue/check-reason.ts'
import { BackendError } from '../../queue/errors.ts'
import { Held } from '../../queue/held.ts'
import type { Lens, Opened } from '../../queue/lens.ts'
import type { Message, Which } from '../../queue/read-queue.ts'
import type { Hold } from '../lease/hold.ts'
import { leaseRequest } from '../lease/lease-request.ts'
import { onAbort } from '../on-abort.ts'
import type { Runtime } from '../runtime.ts'
import { isExhausted } from '../settle/exhaustion.ts'
import { Grace } from '../settle/grace.ts'
import { type Outcome, outcomeOf } from '../settle/outcome.ts'
import { settle } from '../settle/settle.ts'
import { type Unsettled, unbegun } from '../settle/settling.ts'
import { refusalOf } from '../settle/try-again.ts'
import { untilAborted } from '../until-aborted.ts'
import type { Upkeep } from '../upkeep.ts'
import type { CheckedOptions } from '../work/work.ts'
import { currentRun } from './current-run.ts'
import { Hand, type InHand } from './hand.ts'
import type { Loops } from './loops.ts'
import { messageOf } from './message-of.ts'
import { ReadIntake } from './read-intake.ts'
import { idOf } from './recent-reads.ts'

/** Where a reader reads, and how. */
export interface Reading<In, Out> {
  readonly queue: string
  readonly lens: Lens<In, Out>
  readonly runtime: Runtime
  readonly options: CheckedOptions
}

/** What was leased for a read. */
type Read<In, Out> = Pick<InHand<In, Out>, 'held' | 'hold'>

type Opening<In> = { readonly opened: Opened<In> } | Outcome<never, never>

/**
 * Reads one message after the other and remembers which ones are in hand, for loops that people write themselves. What
 * such a loop does not answer itself is settled as a worker's attempts are, see `settle.ts`.
 */
export class Reader<In, Out> {
  readonly hand: Hand<In, Out>
  /** How long what is in hand may still be answered; begun when the loop is asked to stop. */
  readonly grace: Grace
  /** Which takes in while the loop runs. */
  readonly upkeep: Upkeep
  readonly #reading: Reading<In, Out>
  readonly #intake: ReadIntake

  constructor(reading: Reading<In, Out>) {
    const { options, queue, runtime } = reading
    this.#reading = reading
    this.hand = new Hand(queue)
    this.upkeep = runtime.upkeep
    this.grace = new Grace(runtime.clock, options.graceMs)
    this.#intake = new ReadIntake({
      queue,
      runtime,
      request: leaseRequest(options, runtime.owner),
      giveBack: (hold, signal) => this.#settle(this.#held(hold), { kind: 'released' }, signal),
    })
  }

  /** Leases the next message that opens, waiting until `signal` aborts. Messages that do not open are settled on the way. */
  async read(signal?: AbortSignal): Promise<Message<In>> {
    const { loops } = this.hand
    loops.wait()
    for (const inHand of this.hand.takeLeft()) void this.settle(inHand, { kind: 'released' })
    try {
      return await this.#read(loops, signal)
    } finally {
      loops.waited()
    }
  }

  async #read(loops: Loops, signal?: AbortSignal): Promise<Message<In>> {
    const run = currentRun()
    for (;;) {
      const { hold, over } = await this.#intake.next(signal)
      const read = this.#held(hold)
      hold.onLost(() => {
        this.hand.lose(read.held)
        over()
      })
      const opening = await this.#open(read, signal)
      if ('opened' in opening) {
        const inHand = { ...read, ...opening, run, round: loops.begin(), over }
        this.hand.put(inHand)
        return messageOf(inHand)
      }
      await untilAborted(this.#settle(read, opening, signal).finally(over), signal)
    }
  }

  /** Opens what was read; or says how it is settled instead. */
  async #open({ held, hold }: Read<In, Out>, signal?: AbortSignal): Promise<Opening<In>> {
    if (this.#isLate(hold)) return { kind: 'released' }
    if (isExhausted(hold.row, this.#reading.options)) return { kind: 'exhausted' }
    try {
      const opened = await held.open()
      if (hold.isLost) return { kind: 'lost' }
      return signal?.aborted ? { kind: 'released' } : { opened }
    } catch (error) {
      return outcomeOf(error)
    }
  }

  /** Whether the answer came so late, as the event loop was busy, that the backend may soon end the lease. */
  #isLate({ askedAt }: Hold): boolean {
    const { options, runtime } = this.#reading
    return runtime.clock.elapsed() >= askedAt + options.timeoutMs
  }

  /** Commits the answer to a message that is in hand; then it is not in hand any more, nor if its lease is gone. */
  async commit(inHand: InHand<In, Out>, changes: readonly Change[]): Promise<void> {
    try {
      await this.#reading.runtime.backend.commit(changes)
    } catch (error) {
      inHand.round.speak()
      if (refusalOf(error, true) === 'lost') this.#lose(inHand)
      throw error
    }
    this.#letGo(inHand)
  }

  /** Takes a message in hand out for good. */
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
    const inHand = this.hand.take(which)
    const unsettled = await this.#settleInTime(inHand, { kind: 'failed', error })
    if (!unsettled) return this.#letGo(inHand)
    this.#lose(inHand)
    throw unsettled.kind === 'left' ? unsettled.error : this.hand.refuse(which)
  }

  /** Records what becomes of a message that is in hand, and that nothing else will answer; then it is not in hand any more. */
  async settle(inHand: InHand<In, Out>, outcome: Outcome<In, Out>): Promise<void> {
    const unsettled = await this.#settleInTime(inHand, outcome)
    inHand.round.speak()
    if (unsettled?.kind === 'lost') this.#lose(inHand)
    else this.#letGo(inHand)
  }

  #settleInTime(read: Read<In, Out>, outcome: Outcome<In, Out>): Promise<Unsettled | undefined> {
    const { queue, id } = read.held.fence
    return this.grace.within(this.#settle(read, outcome), () => {
      const message = `The outcome of token "${id}" in queue "${queue}" was not confirmed before the process had to end.`
      return { kind: 'left', error: new BackendError(message, { queue, id }) }
    })
  }

  /** Tries without a signal for as long as the loop may, with one for some time after it has aborted. */
  async #settle(
    { held, hold }: Read<In, Out>,
    outcome: Outcome<In, Out>,
    signal?: AbortSignal,
  ): Promise<Unsettled | undefined> {
    const { options, queue, runtime } = this.#reading
    const grace = signal ? new Grace(runtime.clock, options.graceMs) : this.grace
    const stopListening = signal && onAbort(signal, () => grace.begin())
    const work = { ...options, queue }
    const unsettled = await settle({ work, runtime, grace }, unbegun(held, hold), outcome)
    stopListening?.()
    return unsettled
  }

  #lose(inHand: InHand<In, Out>): void {
    this.hand.lose(inHand.held)
    inHand.over()
  }

  #letGo(inHand: InHand<In, Out>): void {
    this.hand.letGo(inHand)
    inHand.over()
  }

  #held(hold: Hold): Read<In, Out> {
    const { lens, runtime } = this.#reading
    return { held: new Held(lens, hold, runtime), hold }
  }
}
