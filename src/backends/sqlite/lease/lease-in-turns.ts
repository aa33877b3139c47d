import type { OpenTransaction } from '../commit/open-transaction.ts'
import { type LaneRow, laneOf } from '../tables/lane-rows.ts'
import type { Found } from './found.ts'
import { leasePassed, type Passed, type Passing, passOf } from './passing.ts'
import type { TolledCells } from './tolled-rows.ts'

/** So many lanes at most are looked at for suspects by one lease: they are few. */
const lanesOfSuspects = 1000

/**
 * Leases up to `limit` messages of a queue with keys, in the transaction that is open: its lanes take turns. What has paid at gates is
 * written with it. Neither how long a lane is matters nor how many are idle or blocked, since only the first in line are read.
 */
export function leaseInTurns(turns: Passing, limit: number): readonly Found[] {
  const { open, queue, request } = turns
  const { suspects = 'include' } = request
  open.lanes.unblockDue(queue.ref, open.now)
  const found: Found[] = []
  const isOpen = suspects === 'only' || leaseRounds(turns, limit, found)
  // Where a message has stopped the lease, no suspect that asks for less may overtake it.
  if (isOpen && suspects !== 'exclude' && found.length < limit) leaseSuspects(turns, limit, found)
  return found
}

// Each round takes the lanes of one priority that are first in line. Their own messages may be of a worse one: then they are put
// there, and it is their turn in a later round. Returns whether no gate of all keys kept any of them back.
function leaseRounds(turns: Passing, limit: number, found: Found[]): boolean {
  const { open, rows, queue } = turns
  while (found.length < limit) {
    const left = limit - found.length
    const line = open.lanes.line(queue.ref, left)
    const lanes = line.filter(({ priority }) => priority === line[0]!.priority)
    if (lanes.length === 0) return true
    const firsts = rows.tolled.firstOfLanes(queue.ref, lanes.map(laneOf), Math.ceil(left / lanes.length))
    if (!leaseRound(turns, { lanes, firsts, left, found })) return false
  }
  return true
}

interface Round {
  readonly lanes: readonly LaneRow[]
  /** The first messages of each of these that are ready. */
  readonly firsts: readonly (readonly TolledCells[])[]
  readonly left: number
  readonly found: Found[]
}

// One of each lane, then the second of each, so that what a gate lets through is shared. Returns whether it let all through.
function leaseRound(turns: Passing, { lanes, firsts, left, found }: Round): boolean {
  const { open, queue, admitting } = turns
  const waiting = lanes.map((lane, i) => ({ lane, cells: inTurn(open, lane, firsts[i]!), taken: 0 }))
  const passed: Passed[] = []
  let isOpen = true
  let going = waiting.filter(({ cells }) => cells.length > 0)
  while (going.length > 0 && passed.length < left && isOpen) {
    for (const each of going) {
      if (passed.length >= left) break
      const cells = each.cells[each.taken]!
      const one = passOf(turns, each.lane.key, cells)
      if (one) {
        passed.push(one)
        each.taken++
        continue
      }
      each.cells = []
      isOpen = admitting.isOfKey
      if (!isOpen) break
      open.lanes.block(each.lane.ref, cells[0][0], admitting.keyAgainAt)
    }
    going = going.filter(({ cells, taken }) => cells.length > taken)
  }
  const served = waiting.filter(({ taken }) => taken > 0)
  let turn = open.lanes.turns(queue.ref, served.length) - served.length
  for (const { lane } of served) open.lanes.place(lane.ref, ++turn, lane.priority)
  found.push(...leasePassed(turns, passed))
  return isOpen
}

// The messages whose priority is that of the lane: if there are none, the lane is put where it belongs.
function inTurn(
  open: OpenTransaction,
  lane: LaneRow,
  firsts: readonly TolledCells[],
): readonly TolledCells[] {
  const [first] = firsts
  if (!first) open.lanes.idle(lane.ref)
  else if (first[0][2] === lane.priority) return firsts.filter(([cells]) => cells[2] === lane.priority)
  else open.lanes.move(lane.ref, first[0][2])
  return []
}

function leaseSuspects(turns: Passing, limit: number, found: Found[]): void {
  const { open, rows, queue, request, admitting } = turns
  const lanes = open.lanes.suspects(queue.ref, request.suspects === 'only', lanesOfSuspects)
  const each = lanes.flatMap((lane) => {
    const suspects = rows.tolled.suspectsOfLane(queue.ref, laneOf(lane), limit - found.length)
    if (suspects.length === 0) open.lanes.calm(lane.ref)
    return suspects.map((cells) => ({ lane, cells }))
  })
  each.sort(({ cells: [a] }, { cells: [b] }) => a[2] - b[2] || a[0] - b[0])
  const passed: Passed[] = []
  for (const { lane, cells } of each) {
    if (found.length + passed.length >= limit || admitting.isOver) break
    const one = passOf(turns, lane.key, cells)
    if (one) passed.push(one)
  }
  found.push(...leasePassed(turns, passed))
}
