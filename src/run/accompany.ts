import type { Fence } from '../queue/change.ts'
import { sayBriefly } from '../queue/say-fault.ts'
import type { Runtime } from './runtime.ts'
import { mayTryAgain, refusalOf } from './try-again.ts'

/**
 * Tells the lease of `fence` that its worker works on others too, and resolves when it knows, or its work `isOver`. A
 * lease that does not hold any more need not know.
 */
export async function accompany(runtime: Runtime, fence: Fence, isOver: () => boolean): Promise<void> {
  const { backend, clock, log } = runtime
  const { queue, id } = fence
  const ending = { endsAt: () => Number.POSITIVE_INFINITY, isOver }
  do {
    try {
      return await backend.commit([{ kind: 'accompany', ...fence }])
    } catch (error) {
      if (refusalOf(error, true) !== 'again') return
      const message = 'A suspect could not be told that it has company; trying again.'
      log.error(message, { queue, id, error: sayBriefly(error) })
    }
  } while (await mayTryAgain(clock, ending))
}
