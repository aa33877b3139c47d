import type { Fault } from '../../queue/change.ts'
import { failureOf } from '../../queue/fault.ts'
import type { JourneyLine } from '../../queue/journey.ts'
import type { Leased } from '../../queue/rows.ts'
import type { Failure } from '../../schema/failure.ts'
import type { CheckedOptions } from '../work/work.ts'
import { type History, stayLines } from './stay-lines.ts'

/** How much a stage allows. */
export type Limits = Pick<CheckedOptions, 'crashes' | 'retry' | 'timeoutMs'> & {
  /** The names of the gates that its queue stands behind, beside its own. */
  readonly gates?: readonly string[] | undefined
}

/** Why a message is given up before an attempt begins. */
export interface Exhaustion {
  readonly failure: Failure
  /** The error of the last attempt, if that was one. */
  readonly fault?: Fault | undefined
}

/**
 * Whether a message that was just leased must not be worked on again: it crashed its worker while it was alone, or has
 * had as many attempts as it may. The backend also counts attempts whose worker was gone at the deadline, and a newer
 * version may allow fewer attempts.
 */
export function isExhausted({ attempts, crashes }: Leased, limits: Limits): boolean {
  return crashes >= limits.crashes || attempts >= limits.retry.attempts
}

/** Why such a message is given up. Rejects if its last error cannot be read. */
export async function exhaustionOf(history: History, row: Leased, limits: Limits): Promise<Exhaustion> {
  const { attempts, crashes } = row
  if (crashes >= limits.crashes) {
    const message = `Its worker crashed ${crashes === 1 ? 'once' : `${crashes} times`} while it worked on nothing else.`
    return { failure: { kind: 'crash', name: 'CrashError', message, attempts } }
  }
  // Not the row's error: a lease that was lost or given back may have left one there that charged nothing.
  const fault = (await stayLines(history, row)).findLast(isCharged)?.error
  if (fault && fault.kind !== 'timeout') return { failure: failureOf(fault, attempts), fault }
  const message = `It took longer than ${limits.timeoutMs} ms, and has had ${attempts} of ${limits.retry.attempts} attempts.`
  return { failure: { kind: 'timeout', name: 'TimeoutError', message, attempts } }
}

function isCharged({ event, error }: JourneyLine): boolean {
  return event === 'postponed' || (event === 'expired' && error?.kind === 'timeout')
}
