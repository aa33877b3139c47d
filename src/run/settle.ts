import type { Change } from '../queue/change.ts'
import type { Held } from '../queue/inbox.ts'
import { sayBriefly } from '../queue/say-fault.ts'
import { isPromised } from '../schema/schema.ts'
import type { Children } from './children.ts'
import type { Grace } from './grace.ts'
import type { Hold } from './hold.ts'
import { type AttemptFacts, type Outcome, outcomeOf, planOutcome } from './outcome.ts'
import type { Runtime } from './runtime.ts'
import { tellFailure } from './tell-failure.ts'
import { mayTryAgain, refusalOf } from './try-again.ts'
import { wasRecorded } from './was-recorded.ts'
import type { CheckedOptions } from './work.ts'

/*
 * How what becomes of a leased message is recorded: the result of a worker, its failure, what a loop by hand could not
 * open or has failed, what is given back. There is one rule for all of them:
 *
 * 1. An outcome is planned and committed under the fence of its lease. What planning has to read, it reads here too, so
 *    that it is asked again like the commit.
 * 2. If the database cannot do it now, it is asked again twice a second: the work is done, and what came of it should not
 *    be lost. The process stays alive meanwhile, and the lease is renewed. That ends when the lease is found to be gone,
 *    when the backend is closed, with the deadline of the lease, or with the grace (`grace.ts`) of what was asked to stop.
 *    Where it is not even known then what to record, the message is given back.
 * 3. If the fence does not hold, nothing is left to be done. It may be this outcome itself that has ended the lease, if an
 *    earlier try was not answered: the history tells. Then it counts, and is logged, as recorded.
 * 4. If a result is refused (its state does not fit, a child's id is known), that refusal is the outcome. Where a newer
 *    version has left out the queue to which it leads, the message is left to that version, uncharged.
 * 5. The lease is held until then, and dropped whatever came of it: what could not be recorded is seen again when it runs
 *    out. None of this is the business of a loop by hand that only wanted to read: its `read` goes on to the next message.
 */

/** Where outcomes are settled, and until when. */
export interface Settling {
  readonly work: CheckedOptions & { readonly queue: string }
  readonly runtime: Runtime
  readonly grace: Pick<Grace, 'endsAt'>
}

/** What has ended. */
export interface Ended<In, Out> {
  readonly held: Held<In, Out>
  readonly hold: Hold
  /** The number of the attempt, from 1. */
  readonly number: number
  /** Elapsed milliseconds. */
  readonly startedAt: number
  readonly workMs?: number | undefined
  readonly children?: Children | undefined
}

/** Why an outcome was not recorded: its lease was lost, or it is left to run out since `error` stands in the way. */
export type Unsettled = { readonly kind: 'lost' } | { readonly kind: 'left'; readonly error: unknown }

/** Records `outcome` of what has ended, as told above. Resolves with why it was not, if so. Never rejects. */
export async function settle<In, Out>(
  settling: Settling,
  ended: Ended<In, Out>,
  outcome: Outcome<In, Out>,
): Promise<Unsettled | undefined> {
  const { work, runtime } = settling
  const facts: AttemptFacts = { limits: work, attempt: ended.number, workMs: ended.workMs, runtime }
  let changes: readonly Change[] | undefined
  let setbacks: Setbacks<In, Out> | undefined
  for (;;) {
    let isCommitting = false
    try {
      if (!changes) {
        const planned = planOutcome(ended.held, outcome, facts)
        // Most plans are there at once, and an await would cost each hop a turn of the microtask queue.
        changes = isPromised(planned) ? await planned : planned
      }
      isCommitting = true
      if (changes.length > 0) await runtime.backend.commit(changes)
      if (outcome.kind !== 'done') tellFailure(runtime.log, changes)
      return undefined
    } catch (error) {
      setbacks ??= new Setbacks(settling, ended)
      const next = await setbacks.next(error, { outcome, changes, isCommitting })
      if ('settled' in next) return next.settled
      if (next.outcome !== outcome) changes = undefined
      outcome = next.outcome
    }
  }
}

/** What was tried. */
interface Tried<In, Out> {
  readonly outcome: Outcome<In, Out>
  /** What is to be committed for it, once that is planned. */
  readonly changes: readonly Change[] | undefined
  readonly isCommitting: boolean
}

/** What is done next: a try with an outcome, or nothing. */
type Next<In, Out> = { readonly outcome: Outcome<In, Out> } | { readonly settled: Unsettled | undefined }

/** What stood in the way of recording one outcome; decides what is done next. */
class Setbacks<In, Out> {
  readonly #settling: Settling
  readonly #ended: Ended<In, Out>
  /** Whether an earlier try may have been recorded. */
  #isUnanswered = false

  constructor(settling: Settling, ended: Ended<In, Out>) {
    this.#settling = settling
    this.#ended = ended
  }

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
        // No fault of the token: workers of the newer version do this step their own way.
        return { outcome: { kind: 'outdated', reason: (error as Error).message } }
      default:
        if (outcome.kind !== 'done') return this.#leave(error)
        return { outcome: outcomeOf(this.#ended.children?.blame(error) ?? error) }
    }
  }

  async #wait(error: unknown, tried: Tried<In, Out>): Promise<Next<In, Out>> {
    const { grace, runtime, work } = this.#settling
    const { hold, startedAt } = this.#ended
    const { outcome, isCommitting } = tried
    this.#isUnanswered ||= isCommitting
    runtime.log.error('What came of a message could not be recorded; trying again.', this.#told(error))
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
      tellFailure(runtime.log, changes)
      return { settled: undefined }
    }
    runtime.log.debug('A late result was refused.', this.#told(error))
    return { settled: { kind: 'lost' } }
  }

  #leave(error: unknown): Next<In, Out> {
    const message = 'What came of a message could not be recorded; its lease runs out.'
    this.#settling.runtime.log.error(message, this.#told(error))
    return { settled: { kind: 'left', error } }
  }

  #told(error: unknown) {
    return { queue: this.#settling.work.queue, id: this.#ended.held.row.id, error: sayBriefly(error) }
  }
}
