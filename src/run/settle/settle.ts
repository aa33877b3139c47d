import type { Change } from '../../queue/change.ts'
import { isPromised } from '../../schema/schema.ts'
import { type AttemptFacts, type Outcome, planOutcome } from './outcome.ts'
import { Setbacks } from './setbacks.ts'
import type { Ended, Settling, Unsettled } from './settling.ts'
import { tellFailure } from './tell-failure.ts'

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
