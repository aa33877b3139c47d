import type { Change } from '../queue/change.ts'
import { isClosedError, isPipewrightError } from '../queue/errors.ts'
import { sayBriefly } from '../queue/say-fault.ts'
import { isPromised } from '../schema/schema.ts'
import type { Attempt } from './attempt.ts'
import { type AttemptFacts, type Outcome, outcomeOf, planOutcome } from './outcome.ts'
import type { Runtime } from './runtime.ts'
import { tellFailure } from './tell-failure.ts'
import type { Work } from './work.ts'

const againMs = 500

/** Whose outcomes are settled, and when that must end. */
export interface Settling<In, Out> {
  readonly work: Work<In, Out>
  readonly runtime: Runtime
  readonly endsAt: () => number
}

/**
 * Commits the outcome of an attempt. If its lease is gone nothing is left to do. If the result is refused (its
 * state does not fit, a child's id is known), that refusal is the outcome; where a newer version has left the queue out
 * to which it was to go, the token is given back. If the database cannot do it now, it is
 * asked again for as long as the lease may last and the process need not end (`endsAt`, elapsed time): the work is
 * done, and its result should not be lost. Never rejects.
 */
export async function settle<In, Out>(
  { work, runtime, endsAt }: Settling<In, Out>,
  attempt: Attempt<In, Out>,
  outcome: Outcome<In, Out>,
): Promise<void> {
  const { backend, clock, log } = runtime
  const { held } = attempt
  const { id } = held.row
  const facts: AttemptFacts = {
    retry: work.retry,
    attempt: attempt.number,
    workMs: attempt.workMs,
    runtime,
  }
  const deadline = attempt.startedAt + work.timeoutMs + work.leaseMs
  let changes: readonly Change[] | undefined
  for (;;) {
    let isCommitting = false
    try {
      if (!changes) {
        const planned = planOutcome(held, outcome, facts)
        // Most plans are there at once, and an await would cost each hop a turn of the microtask queue.
        changes = isPromised(planned) ? await planned : planned
      }
      isCommitting = true
      if (changes.length > 0) await backend.commit(changes)
      return outcome.kind === 'done' ? undefined : tellFailure(log, changes)
    } catch (error) {
      // A backend refuses in our words. What else it throws is a mistake of its own, not of the work.
      const code = isPipewrightError(error) ? error.code : isCommitting ? 'backend' : undefined
      const told = { queue: work.queue, id, error: sayBriefly(error) }
      if (code === 'lease_lost') return log.debug('A late result was refused.', told)
      if (isClosedError(error)) {
        return log.error(
          'A result could not be committed; its lease runs out, and the work is done again.',
          told,
        )
      }
      if (code === 'backend') {
        log.error('A result could not be committed; trying again.', told)
        if (clock.elapsed() >= Math.min(deadline, endsAt())) return
        await new Promise<void>((resolve) => clock.after(againMs, resolve))
      } else if (code === 'unroutable' && isCommitting) {
        // No fault of the token: workers of the newer version do this step their own way.
        outcome = { kind: 'outdated', reason: (error as Error).message }
        changes = undefined
      } else if (outcome.kind === 'done') {
        outcome = outcomeOf(attempt.children?.blame(error) ?? error)
        changes = undefined
      } else {
        return log.error('An outcome could not be committed.', told)
      }
    }
  }
}
