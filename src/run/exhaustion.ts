import type { Backend } from '../queue/backend.ts'
import type { Fault } from '../queue/change.ts'
import { failureOf } from '../queue/fault.ts'
import type { Leased } from '../queue/rows.ts'
import type { Failure } from '../schema/failure.ts'
import type { Work } from './work.ts'

/** How much a stage allows. */
export type Limits = Pick<Work<any, any>, 'crashes' | 'retry' | 'timeoutMs'>

/** Why a message is given up before an attempt begins. */
export interface Exhaustion {
  readonly failure: Failure
  /** The error of the last attempt, if that was one. */
  readonly fault?: Fault | undefined
}

/**
 * Whether a message that was just leased must not be worked on again: it crashed its worker while it was alone, or has
 * had as many attempts as it may. The backend counts those that no worker was left to decide about, and a newer version
 * may allow fewer of them.
 */
export function isExhausted({ attempts, crashes }: Leased, limits: Limits): boolean {
  return crashes >= limits.crashes || attempts >= limits.retry.attempts
}

/** Why such a message is given up. Rejects if the backend cannot be asked for its last error. */
export async function exhaustionOf(
  backend: Backend,
  queue: string,
  { id, attempts, crashes }: Leased,
  limits: Limits,
): Promise<Exhaustion> {
  if (crashes >= limits.crashes) {
    const message = `Its worker crashed ${crashes === 1 ? 'once' : `${crashes} times`} while it worked on nothing else.`
    return { failure: { kind: 'crash', name: 'CrashError', message, attempts } }
  }
  const fault = (await backend.get(queue, id))?.error
  if (fault && fault.kind !== 'timeout') return { failure: failureOf(fault, attempts), fault }
  const message = `It took longer than ${limits.timeoutMs} ms, and has had ${attempts} of ${limits.retry.attempts} attempts.`
  return { failure: { kind: 'timeout', name: 'TimeoutError', message, attempts } }
}
