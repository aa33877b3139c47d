import type { Fence } from '../../queue/change.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import type { Runtime } from '../runtime.ts'
import { mayTryAgain, refusalOf } from '../settle/try-again.ts'
import { unlessSooner } from '../unless-sooner.ts'
import { answerMs } from './alone-turn.ts'

/**
 * Tells the lease of `fence` that its worker works on others too, and resolves when it knows, or its work `isOver`. A
 * lease that does not hold any more need not know. What is not answered within a second is asked again: to be told twice
 * changes nothing, and the others wait for it.
 */
export async function accompany(runtime: Runtime, fence: Fence, isOver: () => boolean): Promise<void> {
  const { backend, clock, log } = runtime
  const { queue, id } = fence
  const ending = { endsAt: () => Number.POSITIVE_INFINITY, isOver }
  for (;;) {
    const told = backend.commit([{ kind: 'accompany', ...fence }]).then(() => 'told' as const, failed)
    const answer = await unlessSooner(
      told,
      (act) => clock.after(answerMs, act),
      () => 'unanswered' as const,
    )
    if (answer === 'told' || isOver()) return
    if (answer === 'again' && !(await mayTryAgain(clock, ending))) return
  }

  function failed(error: unknown): 'told' | 'again' {
    if (refusalOf(error, true) !== 'again') return 'told'
    const message = 'A suspect could not be told that it has company; trying again.'
    log.error(message, { queue, id, error: sayBriefly(error) })
    return 'again'
  }
}
