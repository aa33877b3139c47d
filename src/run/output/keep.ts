import type { Backend } from '../../queue/backend.ts'
import type { Pop } from '../../queue/change.ts'
import type { Clock } from '../../queue/clock.ts'
import { isClosedError } from '../../queue/errors.ts'
import { fenceOf } from '../../queue/plan.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import { refuseUnread } from '../../schema/refuse-unread.ts'
import type { Log } from '../log.ts'
import { stayAlive } from '../stay-alive.ts'
import { waitFor } from '../wait-for.ts'

/** How long finished tokens stay in the output. */
export interface Keep {
  /** Days, also parts of one; a century at most. */
  readonly days: number
}

/** Whose output it is, and in whose name it is emptied. */
export interface KeepParts {
  readonly queue: string
  readonly days: number
  readonly runtime: {
    readonly backend: Backend
    readonly owner: string
    readonly deploy: number
    readonly clock: Clock
    readonly log: Log
  }
}

const dayMs = 86_400_000
const mostDays = 36_525
// Each has its value with it.
const batch = 100
/** A token that is overdue for so long is no loss, and most looks find nothing. */
const shortestWaitMs = 60_000
const longestWaitMs = 3_600_000
const leaseMs = 30_000

/** Throws a sentence unless `keep` says how long finished tokens stay. */
export function checkKeep(keep: Keep): Keep {
  refuseUnread('`keep` has', keep, ['days'])
  const { days } = keep
  if (typeof days === 'number' && days > 0 && days <= mostDays) return keep
  throw new RangeError(`\`keep.days\` is ${days}; it is a number of days above 0, and at most ${mostDays}.`)
}

/*
 * A token is leased before it is popped: so of several processes one takes it, and a loop that has read it is not disturbed.
 * What is dead there stays, since a person has to look at it; so does all while the queue is paused.
 */

/** Takes finished tokens off the output that have been there for longer than they are kept, until `signal` aborts. Never rejects. */
export async function dropFinished(parts: KeepParts, signal: AbortSignal): Promise<void> {
  const mayEnd = stayAlive()
  let isOver = false
  let limit = 1
  while (!isOver && !signal.aborted) {
    let waitMs: number
    try {
      waitMs = await dropSome(parts, limit)
    } catch (error) {
      const { queue, runtime } = parts
      isOver = isClosedError(error)
      waitMs = shortestWaitMs
      const fields = { queue, error: sayBriefly(error) }
      if (!isOver && !signal.aborted)
        runtime.log.error('Finished tokens could not be taken off the output; trying again.', fields)
    }
    limit = waitMs === 0 ? batch : 1
    if (waitMs > 0 && !isOver) await waitFor(parts.runtime.clock, waitMs, signal)
  }
  mayEnd()
}

/** Drops those that are overdue of the `limit` oldest; returns how long to wait then. */
async function dropSome({ queue, days, runtime }: KeepParts, limit: number): Promise<number> {
  const { backend, clock, deploy, log } = runtime
  const before = clock.now() - days * dayMs
  const { rows, next } = await backend.list(queue, { limit, only: { status: 'ready' } })
  const overdue = rows.filter(({ enteredAt }) => enteredAt <= before)
  const young = rows[overdue.length]
  const waitMs = young ? young.enteredAt - before : longestWaitMs
  const restMs = Math.min(longestWaitMs, Math.max(shortestWaitMs, waitMs))
  if (overdue.length === 0) return restMs
  // Not the owner of this process's work, whose leases its keeper looks after.
  const owner = `${runtime.owner}#keep`
  const ids = overdue.map(({ id }) => id)
  const leased = await backend.lease(queue, { owner, leaseMs, timeoutMs: leaseMs, ids })
  if (leased.length === 0) return shortestWaitMs
  const pops = leased.map(
    (row): Pop => ({
      kind: 'pop',
      ...fenceOf(queue, row),
      event: 'popped',
      reason: `It was kept for ${days} ${days === 1 ? 'day' : 'days'}.`,
      owner,
      deploy,
    }),
  )
  await backend.commit(pops)
  log.info('Finished tokens were taken off the output.', { queue, count: pops.length })
  return next === undefined ? restMs : 0
}
