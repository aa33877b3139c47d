import type { Change } from '../../queue/change.ts'
import { isPromised } from '../../schema/schema.ts'
import { logFailure } from './log-failure.ts'
import { type AttemptFacts, type Outcome, planOutcome } from './outcome.ts'
import { Setbacks } from './setbacks.ts'
import type { Ended, Settling, Unsettled } from './settling.ts'

/*
 * How the outcome of a leased message is recorded: the result of a worker, its failure, a message that a loop by hand could
 * not open or has failed, a message that is given back. There is one rule for all of them:
 *
 * 1. An outcome is planned and committed under the fence of its lease. What planning has to read is read here too, so that
 *    it is tried again like the commit.
 * 2. If the database cannot do it now, it is tried again twice a second: the work is done, and its outcome should not be
 *    lost. The process stays alive meanwhile, and the lease is renewed. That ends when the lease is found to be gone,
 *    when the backend is closed, with the deadline of the lease, or with the grace (`grace.ts`) of a loop that was asked to stop.
 *    If it was not even known until then what to record, the message is given back.
 * 3. If the fence does not hold, nothing is left to be done. If an earlier try was not answered, it may have recorded this
 *    outcome and ended the lease: the history shows that. Then the outcome counts, and is logged, as recorded.
 * 4. If a result is refused (its state does not fit, a child's id is known), that refusal is the outcome. Where a newer
 *    version has left out the queue to which it leads, the message is left to that version, uncharged.
 * 5. The lease is held until then, and dropped in every case: a message whose outcome could not be recorded comes back when
 *    its lease runs out. A loop by hand that only wanted to read sees none of this: its `read` goes on to the next message.
 */

/** Records the `outcome` of an attempt or a read, by the rule above. Resolves with the reason if it was not recorded. Never rejects. */
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
      if (outcome.kind !== 'done') logFailure(runtime.log, changes)
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
