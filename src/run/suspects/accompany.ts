import type { Fence } from '../../queue/change.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import type { Runtime } from '../runtime.ts'
import { mayTryAgain, refusalOf } from '../settle/try-again.ts'
import { unlessSooner } from '../unless-sooner.ts'
import { answerMs } from './alone-turn.ts'

/**
 * Records on the lease of `fence` that its worker works on others too, and resolves when that is committed, or its work
 * `isOver`. For a lease that does not hold any more it is not needed. A commit that is not answered within a second is sent
 * again: a second one changes nothing, and the others wait for it.
 */
export async function accompany(runtime: Runtime, fence: Fence, isOver: () => boolean): Promise<void> {
  const { backend, clock, log } = runtime
  const { queue, id } = fence
  const ending = { endsAt: () => Number.POSITIVE_INFINITY, isOver }
  for (;;) {
    const recorded = backend.commit([{ kind: 'accompany', ...fence }]).then(() => 'recorded' as const, failed)
    const answer = await unlessSooner(
      recorded,
      (act) => clock.after(answerMs, act),
      () => 'unanswered' as const,
    )
    if (answer === 'recorded' || isOver()) return
    if (answer === 'again' && !(await mayTryAgain(clock, ending))) return
  }

  function failed(error: unknown): 'recorded' | 'again' {
    if (refusalOf(error, true) !== 'again') return 'recorded'
    const message = 'It could not be recorded that a suspect is no longer alone; trying again.'
    log.error(message, { queue, id, error: sayBriefly(error) })
    return 'again'
  }
}
