import { type Blocked, type LaneRow, LaneRows, laneOf } from './lane-rows.ts'
import type { Passing } from './passing.ts'

/** So many lanes at most are looked at for suspects by one lease: they are few. */
const lanesOfSuspects = 1000

/** A message that is ready. */
export interface Ready {
  readonly token: number
  readonly priority: number
}

interface Waiting {
  readonly lane: LaneRow
  cells: readonly Ready[]
  taken: number
}

/**
 * Leases up to `limit` messages of a queue with keys: its lanes take turns. Neither how long a lane is matters nor how many are idle or
 * blocked, since only the first in line are read. Those that another lease has in hand are passed over.
 */
export async function leaseInTurns(passing: Passing, limit: number): Promise<void> {
  const { open, queue, request } = passing.leasing
  const { suspects = 'include' } = request
  const lanes = new LaneRows(open, queue.ref)
  await lanes.unblockDue()
  const isOpen = suspects === 'only' || (await leaseRounds(passing, lanes, limit))
  // Where a message has stopped the lease, no suspect that asks for less may overtake it.
  if (isOpen && suspects !== 'exclude' && passing.leased.length < limit)
    await leaseSuspects(passing, lanes, limit)
}

// Each round takes the lanes of one priority that are first in line. Their own messages may be of a worse one: then they are put
// there, and it is their turn in a later round. Returns whether no gate of all keys kept any of them back.
async function leaseRounds(passing: Passing, lanes: LaneRows, limit: number): Promise<boolean> {
  const { leased } = passing
  while (leased.length < limit) {
    const left = limit - leased.length
    const line = await lanes.line(left)
    const these = line.filter(({ priority }) => priority === line[0]!.priority)
    if (these.length === 0) return true
    if (!(await leaseRound(passing, lanes, { these, left }))) return false
  }
  return true
}

// One of each lane, then the second of each, so that what a gate lets through is shared. Returns whether it let all through.
async function leaseRound(
  passing: Passing,
  lanes: LaneRows,
  { these, left }: { readonly these: readonly LaneRow[]; readonly left: number },
): Promise<boolean> {
  const firsts = await firstOfLanes(passing, these, Math.ceil(left / these.length))
  const waiting: Waiting[] = []
  for (const lane of these)
    waiting.push({ lane, cells: await inTurn(lanes, lane, firsts.get(laneOf(lane)) ?? []), taken: 0 })
  await passing.expectGates(these.map(({ key }) => key))
  await passing.expectLocked(waiting.flatMap(({ cells }) => cells.map(({ token }) => token)))
  let passed = 0
  let isOpen = true
  const blocked: Blocked[] = []
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
      blocked.push({ lane: each.lane, token, until: passing.admitting.keyAgainAt })
    }
    going = going.filter(({ cells, taken }) => cells.length > taken)
  }
  await lanes.toTheEnd(waiting.filter(({ taken }) => taken > 0).map(({ lane }) => lane))
  await lanes.block(blocked)
  return isOpen
}

// The messages whose priority is that of the lane: if there are none, the lane is put where it belongs.
async function inTurn(lanes: LaneRows, lane: LaneRow, firsts: readonly Ready[]): Promise<readonly Ready[]> {
  const [first] = firsts
  if (!first) await lanes.idle(lane)
  else if (first.priority === lane.priority)
    return firsts.filter(({ priority }) => priority === lane.priority)
  else await lanes.move(lane, first.priority)
  return []
}

async function leaseSuspects(passing: Passing, lanes: LaneRows, limit: number): Promise<void> {
  const { open, queue, request } = passing.leasing
  const found: Ready[] = []
  const these = await lanes.suspects(request.suspects === 'only', lanesOfSuspects)
  for (const lane of these) {
    const suspects = await open.look<Ready>(
      `select token, priority from pw_tokens where queue = $1 and lane = $2 and suspect and status = 'ready'
         order by priority, token limit $3 for update ${open.passingLock}`,
      queue.ref,
      laneOf(lane),
      limit - passing.leased.length,
    )
    if (suspects.length === 0) await lanes.calm(lane)
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

/** The first messages of lanes that are ready and no suspects, by the numbers of these lanes. */
export async function firstOfLanes(
  { leasing: { open, queue } }: Passing,
  lanes: readonly LaneRow[],
  limit: number,
): Promise<ReadonlyMap<number, readonly Ready[]>> {
  const rows = await open.look<Ready & { readonly lane: number }>(
    `select t.token, t.priority, t.lane from unnest($2::bigint[]) as l(lane) cross join lateral
       (select token, priority, lane from pw_tokens where queue = $1 and lane = l.lane and not suspect and status = 'ready'
          order by priority, token limit $3 for update ${open.passingLock}) t order by t.priority, t.token`,
    queue.ref,
    lanes.map(laneOf),
    limit,
  )
  const found = new Map<number, Ready[]>()
  for (const { lane, ...ready } of rows) found.set(lane, [...(found.get(lane) ?? []), ready])
  return found
}
