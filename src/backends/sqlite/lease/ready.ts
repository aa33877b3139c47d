import type { LeaseRequest } from '../../../queue/backend.ts'
import { type LeasedCells, leasedColumns } from '../tables/row.ts'

/** A message that is leased, and when it came to its queue. */
export type ReadyCells = [...cells: LeasedCells, arrivedAt: number]

export type Suspects = NonNullable<LeaseRequest['suspects']>

/** A queue, and the time. */
export interface Look {
  readonly queue: number
  readonly now: number
  readonly elapsed: number
}

/** The conditions on suspects, to be put behind another one. */
export const isSuspect = { include: '', exclude: 'and suspect = 0', only: 'and suspect = 1' } as const
export const readyColumns = `${leasedColumns}, arrived_at`
/** The condition that a row of the queue @queue is ready, in the words of the index of its line. */
export const isReadyInALane = `queue = @queue and status is not 'leased' and status = 'ready'`
/** The same in the lane @lane. */
export const isReadyIn = `${isReadyInALane} and lane = @lane`
/** The same where no message has a key. */
export const isReady = `${isReadyInALane} and lane = 0`
/**
 * The same for rows that are among @tokens, a list as JSON: with `+` no index of the queue is used, which is longer than that list.
 */
export const isReadyAmong = `+queue = @queue and +status = 'ready' and token in (select value from json_each(@tokens))`
