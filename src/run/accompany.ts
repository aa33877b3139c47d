import type { Fence } from '../queue/change.ts'
import { commitAgain } from './commit-again.ts'
import type { Runtime } from './runtime.ts'

/**
 * Tells the lease of `fence` that its worker works on others too, and resolves when it knows, or its work `isOver`. A
 * lease that does not hold any more need not know.
 */
export async function accompany(runtime: Runtime, fence: Fence, isOver: () => boolean): Promise<void> {
  const message = 'A suspect could not be told that it has company; trying again.'
  try {
    await commitAgain(runtime, [{ kind: 'accompany', ...fence }], { fence, message, isOver })
  } catch {
    // It was refused: the lease is gone; or the backend was closed.
  }
}
