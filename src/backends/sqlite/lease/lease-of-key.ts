import type { LaneRow } from '../tables/lane-rows.ts'
import type { Found } from './found.ts'
import { leaseOutOfTurn, letPass, type Passing } from './passing.ts'
import type { TolledCells } from './tolled-rows.ts'

/** Leases up to `limit` messages of one lane, in the transaction that is open: its others before its suspects. */
export function leaseOfKey(passing: Passing, lane: LaneRow, limit: number): readonly Found[] {
  return leaseOutOfTurn(passing, letPass(passing, find(passing, lane, limit), limit))
}

function find(
  { open, rows, queue, request }: Passing,
  { ref }: LaneRow,
  limit: number,
): readonly TolledCells[] {
  const { suspects = 'include' } = request
  if (limit === 0) return []
  const ready = suspects === 'only' ? [] : rows.tolled.firstOfLanes(queue.ref, [ref], limit)[0]!
  if (suspects !== 'only' && ready.length === 0) open.lanes.idle(ref)
  if (suspects === 'exclude' || ready.length >= limit) return ready
  const crashed = rows.tolled.suspectsOfLane(queue.ref, ref, limit)
  if (crashed.length === 0) open.lanes.calm(ref)
  return [...ready, ...crashed]
}

/** Puts a lane that was leased from to the end of the line of its queue. */
export function takeTurn({ open, queue }: Passing, { ref, priority }: LaneRow): void {
  open.lanes.place(ref, open.lanes.turns(queue.ref, 1), priority)
}
