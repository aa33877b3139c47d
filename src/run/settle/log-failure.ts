import type { Change, Fault, Postpone } from '../../queue/change.ts'
import { sayCause, sayFault } from '../../queue/say-fault.ts'
import { placeIn } from '../../queue/stack.ts'
import type { Log } from '../log.ts'

/**
 * Logs that an attempt has failed, if `changes` (its outcome, as it was committed) say so: why, and what happens next. A
 * token that is dead now is an error, with all that is known; one that goes on is a warning, with the rest at debug level.
 */
export function logFailure(log: Log, changes: readonly Change[]): void {
  const [leave, enter] = changes
  if (!leave || !('error' in leave) || !leave.error) return
  const { attempt, error, id, queue } = leave
  const fields = { queue, id, hop: 'hop' in leave ? leave.hop : undefined, attempt, ...sayShort(error) }
  if (leave.kind === 'bury') {
    log.error('The work failed for good; the token is dead.', { ...fields, stack: sayFault(error) })
    return
  }
  if (leave.kind === 'postpone') {
    log.warn(sayPostponed(leave), { ...fields, inMs: leave.delayMs })
  } else {
    const to = enter?.kind === 'push' ? enter.queue : undefined
    log.warn('The work failed for good; the token goes where `failed` leads.', { ...fields, to })
  }
  log.debug('Where it failed.', { queue, id, attempt, stack: sayFault(error) })
}

function sayPostponed({ charge, suspect }: Postpone): string {
  if (suspect) return 'The work on several failed, and any may be to blame; it is worked on alone next.'
  return charge ? 'The work failed; it is tried again.' : 'It cannot be worked on here now.'
}

function sayShort(error: Fault) {
  const { code, causes: [cause] = [], ...rest } = error
  return {
    error: sayCause(rest),
    ...(code !== undefined && { code }),
    ...(cause && { cause: sayCause(cause) }),
    at: error.stack && placeIn(error.stack),
  }
}
