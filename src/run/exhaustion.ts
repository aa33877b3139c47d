import type { Leased } from '../queue/backend.ts'
import type { Failure } from '../schema/failure.ts'
import type { Work } from './work.ts'

/**
 * Why a message that was just leased must not be worked on again, if so: it crashed its worker while it was alone,
 * or ran to its deadline, as often as it may. The backend counts those, since no worker was left to decide.
 */
export function exhaustion(
  { attempts, crashes }: Leased,
  limits: Pick<Work<any, any>, 'crashes' | 'retry' | 'timeoutMs'>,
): Failure | undefined {
  if (crashes >= limits.crashes) {
    const message = `Its worker crashed ${crashes} times while it worked on nothing else.`
    return { kind: 'crash', name: 'CrashError', message, attempts }
  }
  if (attempts < limits.retry.attempts) return undefined
  const message = `It took longer than ${limits.timeoutMs} ms, and has had ${attempts} of ${limits.retry.attempts} attempts.`
  return { kind: 'timeout', name: 'TimeoutError', message, attempts }
}
