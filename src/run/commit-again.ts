import type { Change, Fence } from '../queue/change.ts'
import { isClosedError, isPipewrightError } from '../queue/errors.ts'
import type { Runtime } from './runtime.ts'

const againMs = 500

/** What is told when the database cannot do it now, and until when it is asked again. */
export interface Again {
  readonly fence: Fence
  /** A sentence for the log. */
  readonly message: string
  readonly isOver?: () => boolean
}

/**
 * Commits `changes` about a lease that is held. If the database cannot do it now it is asked again, until it `isOver`;
 * resolves with whether they were committed. Rejects if the changes are refused, or the backend was closed.
 */
export async function commitAgain(
  { backend, clock, log }: Pick<Runtime, 'backend' | 'clock' | 'log'>,
  changes: readonly Change[],
  { fence: { queue, id }, message, isOver = () => false }: Again,
): Promise<boolean> {
  while (!isOver()) {
    try {
      await backend.commit(changes)
      return true
    } catch (error) {
      if (!isPipewrightError(error) || error.code !== 'backend' || isClosedError(error)) throw error
      log.error(message, { queue, id, error: error.message })
      await new Promise<void>((resolve) => clock.after(againMs, resolve))
    }
  }
  return false
}
