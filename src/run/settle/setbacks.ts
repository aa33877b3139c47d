import type { Change } from '../../queue/change.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import { closingWishOf } from './close-gate.ts'
import { logFailure } from './log-failure.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import type { Ended, Settling, Unsettled } from './settling.ts'
import { mayTryAgain, refusalOf } from './try-again.ts'
import { wasRecorded } from './was-recorded.ts'

/** What was tried. */
interface Tried<In, Out> {
  readonly outcome: Outcome<In, Out>
  /** What is to be committed for it, once that is planned. */
  readonly changes: readonly Change[] | undefined
  readonly isCommitting: boolean
}

/** What is done next: a try with an outcome, or nothing. */
type Next<In, Out> = { readonly outcome: Outcome<In, Out> } | { readonly settled: Unsettled | undefined }

/** The errors met while one outcome is recorded; decides what is done next. */
export class Setbacks<In, Out> {
  readonly #settling: Settling
  readonly #ended: Ended<In, Out>
  /** Whether an earlier try may have been recorded. */
  #isUnanswered = false

  constructor(settling: Settling, ended: Ended<In, Out>) {
    this.#settling = settling
    this.#ended = ended
  }

  /** What is done after `error`. Never rejects. */
  async next(error: unknown, tried: Tried<In, Out>): Promise<Next<In, Out>> {
    const { outcome, isCommitting } = tried
    switch (refusalOf(error, isCommitting)) {
      case 'closed':
        return this.#leave(error)
      case 'again':
        return this.#wait(error, tried)
      case 'lost':
        return this.#lose(error, tried)
      case 'outdated':
        // Not the token's fault: workers of the newer version do this step in another way.
        return { outcome: { kind: 'outdated', reason: (error as Error).message } }
      default:
        if (outcome.kind === 'failed' && isCommitting && !outcome.isPlain && closingWishOf(outcome.error))
          return { outcome: { ...outcome, isPlain: true } }
        if (outcome.kind !== 'done') return this.#leave(error)
        return { outcome: outcomeOf(this.#ended.children?.blame(error) ?? error) }
    }
  }

  async #wait(error: unknown, tried: Tried<In, Out>): Promise<Next<In, Out>> {
    const { grace, runtime, work } = this.#settling
    const { hold, startedAt } = this.#ended
    const { outcome, isCommitting } = tried
    this.#isUnanswered ||= isCommitting
    runtime.log.error('The outcome of a message could not be recorded; trying again.', this.#fields(error))
    const endsAt = () => Math.min(startedAt + work.timeoutMs + work.leaseMs, grace.endsAt)
    if (await mayTryAgain(runtime.clock, { endsAt, isOver: () => hold.isLost })) return { outcome }
    if (hold.isLost) return this.#lose(error, tried)
    return isCommitting || outcome.kind === 'released'
      ? this.#leave(error)
      : { outcome: { kind: 'released' } }
  }

  async #lose(error: unknown, { changes }: Tried<In, Out>): Promise<Next<In, Out>> {
    const { runtime } = this.#settling
    if (this.#isUnanswered && changes && (await wasRecorded(runtime, changes))) {
      logFailure(runtime.log, changes)
      return { settled: undefined }
    }
    runtime.log.debug('A late result was refused.', this.#fields(error))
    return { settled: { kind: 'lost' } }
  }

  #leave(error: unknown): Next<In, Out> {
    const message = 'The outcome of a message could not be recorded; its lease runs out.'
    this.#settling.runtime.log.error(message, this.#fields(error))
    return { settled: { kind: 'left', error } }
  }

  #fields(error: unknown) {
    return { queue: this.#settling.work.queue, id: this.#ended.held.row.id, error: sayBriefly(error) }
  }
}
