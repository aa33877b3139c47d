import { type LaneRow, laneOf } from '../tables/lane.ts'
import { LaneRows, type Lined, type Ready } from './lane-rows.ts'
import type { Passing } from './passing.ts'

/** So many lanes at most are looked at for suspects by one lease: they are few. */
const lanesOfSuspects = 1000

interface Waiting {
  readonly lane: LaneRow
  cells: readonly Ready[]
  taken: number
}

/**
 * Leases up to `limit` messages of a queue with keys: its lanes take turns. Neither how long a lane is matters nor how many are idle or
 * blocked, since only the first in line are read. Those that another lease has in hand are passed over. `first` is the beginning of the line,
 * if it was read.
 */
export async function leaseInTurns(
  passing: Passing,
  { limit, first }: { readonly limit: number; readonly first: readonly Lined[] | undefined },
): Promise<void> {
  const { open, queue, request } = passing.leasing
  const { suspects = 'include' } = request
  const lanes = new LaneRows(open, queue.ref)
  const isOpen = suspects === 'only' || (await leaseRounds(passing, lanes, { limit, first }))
  // Where a message has stopped the lease, no suspect that asks for less may overtake it.
  if (isOpen && suspects !== 'exclude' && passing.leased.length < limit)
    await leaseSuspects(passing, lanes, limit)
}

// Each round takes the lanes of one priority that are first in line. Their own messages may be of a worse one: then they are put
// there, and it is their turn in a later round. Returns whether no gate of all keys kept any of them back.
async function leaseRounds(
  passing: Passing,
  lanes: LaneRows,
  { limit, first }: { readonly limit: number; readonly first: readonly Lined[] | undefined },
): Promise<boolean> {
  const { leased } = passing
  for (let line = first; leased.length < limit; line = undefined) {
    const left = limit - leased.length
    line ??= await lanes.line(left)
    if (line.length === 0) return true
    if (!(await leaseRound(passing, line, left))) return false
  }
  return true
}

// One of each lane, then the second of each, so that what a gate lets through is shared. Returns whether it let all through.
async function leaseRound(passing: Passing, line: readonly Lined[], left: number): Promise<boolean> {
  const { open, queue } = passing.leasing
  const waiting = line.map(
    ({ lane, firsts }): Waiting => ({ lane, cells: inTurn(passing, lane, firsts), taken: 0 }),
  )
  await passing.expectReady(
    line.map(({ lane }) => lane.key),
    waiting.flatMap(({ cells }) => cells),
  )
  let passed = 0
  let isOpen = true
  let going = waiting.filter(({ cells }) => cells.length > 0)
  while (going.length > 0 && passed < left && isOpen) {
    for (const each of going) {
      if (passed >= left) break
      const { token } = each.cells[each.taken]!
      if (await passing.pass(token)) {
        passed++
        each.taken++
        continue
      }
      each.cells = []
      isOpen = passing.admitting.isOfKey
      if (!isOpen) break
      const until = passing.admitting.keyAgainAt
      open.draft.lanes.find(queue, each.lane, { blocked: token, until })
    }
    going = going.filter(({ cells, taken }) => cells.length > taken)
  }
  for (const { lane, taken } of waiting) if (taken > 0) open.draft.lanes.turn(queue, lane)
  return isOpen
}

// The messages whose priority is that of the lane: if there are none, the lane is put where it belongs.
function inTurn(
  { leasing: { open, queue } }: Passing,
  lane: LaneRow,
  firsts: readonly Ready[],
): readonly Ready[] {
  const [first] = firsts
  if (first?.priority === lane.priority) return firsts.filter(({ priority }) => priority === lane.priority)
  open.draft.lanes.find(queue, lane, first ? { priority: first.priority } : { idle: true })
  return []
}

async function leaseSuspects(passing: Passing, lanes: LaneRows, limit: number): Promise<void> {
  const { open, queue, request } = passing.leasing
  const found: Pick<Ready, 'token' | 'priority'>[] = []
  const these = await lanes.suspects(request.suspects === 'only', lanesOfSuspects)
  for (const lane of these) {
    const suspects = await open.look<Pick<Ready, 'token' | 'priority'>>(
      `select token, priority from pw_tokens where queue = $1 and lane = $2 and suspect and status = 'ready'
         order by priority, token limit $3 for update ${open.passingLock}`,
      queue.ref,
      laneOf(lane),
      limit - passing.leased.length,
    )
    if (suspects.length === 0) open.draft.lanes.find(queue, lane, { calm: true })
    found.push(...suspects)
  }
  found.sort((a, b) => a.priority - b.priority || a.token - b.token)
  await passing.expectGates(these.map(({ key }) => key))
  await passing.expectLocked(found.map(({ token }) => token))
  for (const { token } of found) {
    if (passing.leased.length >= limit || passing.admitting.isOver) break
    await passing.pass(token)
  }
}
