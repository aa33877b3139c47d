import type { Fence } from '../queue/change.ts'
import { isClosedError, isPipewrightError } from '../queue/errors.ts'
import type { Runtime } from './runtime.ts'

const againMs = 500

/**
 * Tells the lease of `fence` that its worker works on others too, and resolves when it knows. If the database cannot do it
 * now it is asked again, until the work `isOver`. A lease that does not hold any more need not know.
 */
export async function accompany(
  { backend, clock, log }: Runtime,
  fence: Fence,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    try {
      return await backend.commit([{ kind: 'accompany', ...fence }])
    } catch (error) {
      if (!isPipewrightError(error) || error.code !== 'backend' || isClosedError(error)) return
      const { queue, id } = fence
      const fields = { queue, id, error: error.message }
      log.error('A suspect could not be told that it has company; trying again.', fields)
      await new Promise<void>((resolve) => clock.after(againMs, resolve))
    }
  }
}
