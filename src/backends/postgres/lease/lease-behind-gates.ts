import type { Leased } from '../../../queue/rows.ts'
import { mostLooked } from '../read/most-looked.ts'
import { type LeasedCells, leasedColumns, leasedOf } from '../tables/row.ts'
import { type LaneRow, LaneRows, laneOf } from './lane-rows.ts'
import { firstOfLanes, leaseInTurns } from './lease-in-turns.ts'
import type { Leasing } from './leasing.ts'
import { makeAllReady } from './make-ready.ts'
import { matching } from './matching.ts'
import { Passing } from './passing.ts'
import { isSuspect } from './suspects.ts'

/** So many messages at most are looked at that hold units already. */
const mostHolders = 1000

/** Leases from a queue whose messages pay at gates, or have keys, as far as gates let them pass. */
export async function leaseBehindGates(leasing: Leasing): Promise<readonly Leased[]> {
  const { open, queue, request, own } = leasing
  open.within(open.queues.zoneOf(queue))
  const passing = new Passing(leasing)
  await passing.expectGates()
  if (queue.gated ? await open.run(() => passing.admitting.isShut) : await isClosed(leasing)) {
    passing.park()
    return []
  }
  // A message in another queue behind one of the gates whose worker is gone may hold what is wanted here.
  const around = queue.behind.flatMap(({ gate }) => open.queues.standing(gate))
  await makeAllReady(open, [queue, ...around.filter(({ ref }) => ref !== queue.ref)], own)
  const limit = request.limit ?? request.ids?.length ?? 1
  await passing.expectGates()
  const most = queue.gated ? await open.run(() => passing.admitting.most(limit)) : limit
  const lanes = new LaneRows(open, queue.ref)
  const lane = request.key === undefined ? undefined : await lanes.named(request.key)
  if (!lane && request.key !== undefined) return []
  const isNamed = request.ids !== undefined || request.only !== undefined
  if (isNamed || !queue.keyed) await leaseFound(passing, most, lane)
  else if (lane) await leaseOfKey(passing, lanes, { lane, limit: most })
  else await leaseInTurns(passing, most)
  if (!isNamed) await leaseHolders(passing, most, lane)
  if (lane && passing.leased.length > 0) await lanes.toTheEnd([lane])
  if (passing.leased.length < limit) passing.park()
  return messagesOf(passing)
}

async function isClosed({ open, queue }: Leasing): Promise<boolean> {
  const [found] = await open.look<{ shut: boolean }>(
    `select exists (select from pw_gates where name = $1 and key = '' and closed and (until is null or until > $2)) as shut`,
    queue.name,
    open.moment.now,
  )
  return found!.shut
}

async function leaseFound(passing: Passing, most: number, lane: LaneRow | undefined): Promise<void> {
  if (most === 0) return
  const { open, queue, request } = passing.leasing
  const { ids, only, suspects = 'include' } = request
  // Of those that some gate keeps back, more have to be looked at.
  const limit = queue.gated ? mostLooked : most
  if (ids || only) {
    const tokens = await matching(open, queue, { request, limit, lane: lane && laneOf(lane) })
    await passEach(passing, tokens, most, (some) => passing.expectTokens(some))
    return
  }
  const tokens = await numbers(
    passing,
    `select token from pw_tokens where queue = $1 and lane = 0 and status = 'ready' ${isSuspect[suspects]}
       order by suspect, priority, token limit $2`,
    most,
  )
  await passEach(passing, tokens, most)
}

async function leaseOfKey(
  passing: Passing,
  lanes: LaneRows,
  { lane, limit }: { readonly lane: LaneRow; readonly limit: number },
): Promise<void> {
  const { suspects = 'include' } = passing.leasing.request
  if (limit === 0) return
  const ready =
    suspects === 'only' ? [] : ((await firstOfLanes(passing, [lane], limit)).get(laneOf(lane)) ?? [])
  if (suspects !== 'only' && ready.length === 0) await lanes.idle(lane)
  const crashed =
    suspects === 'exclude' || ready.length >= limit
      ? []
      : await numbers(
          passing,
          `select token from pw_tokens where queue = $1 and lane = $3 and suspect and status = 'ready' order by priority, token limit $2`,
          limit,
          laneOf(lane),
        )
  if (suspects !== 'exclude' && ready.length < limit && crashed.length === 0) await lanes.calm(lane)
  await passEach(passing, [...ready.map(({ token }) => token), ...crashed], limit)
}

// What holds its units already may pass where others have stopped.
async function leaseHolders(passing: Passing, limit: number, lane: LaneRow | undefined): Promise<void> {
  const { queue, request } = passing.leasing
  if (!queue.gated || !queue.holding || passing.leased.length >= limit || passing.admitting.isOver) return
  const { suspects = 'include' } = request
  const inLane = lane ? 'and lane = $3' : ''
  const tokens = await numbers(
    passing,
    `select token from pw_tokens where queue = $1 and holds and status = 'ready' ${isSuspect[suspects]} ${inLane}
       order by suspect, priority, token limit $2`,
    mostHolders,
    ...(lane ? [laneOf(lane)] : []),
  )
  await passEach(passing, tokens, limit)
}

async function numbers(
  { leasing: { open, queue } }: Passing,
  sql: string,
  limit: number,
  ...more: readonly unknown[]
): Promise<readonly number[]> {
  const rows = await open.look<{ token: number }>(
    `${sql} for update ${open.passingLock}`,
    queue.ref,
    limit,
    ...more,
  )
  return rows.map(({ token }) => token)
}

/** Messages are offered to gates so many at a time. */
const page = 100

async function passEach(
  passing: Passing,
  tokens: readonly number[],
  limit: number,
  expect = (some: readonly number[]) => passing.expectLocked(some),
): Promise<void> {
  const { open, queue } = passing.leasing
  for (let at = 0; at < tokens.length; at += page) {
    const some = await expect(tokens.slice(at, at + page))
    if (queue.gated) await passing.expectGates(some.map((token) => open.draft.of(token).key))
    for (const token of some) {
      if (passing.leased.length >= limit || passing.admitting.isOver) return
      await passing.pass(token)
    }
  }
}

async function messagesOf({ leasing: { open }, leased }: Passing): Promise<readonly Leased[]> {
  if (leased.length === 0) return []
  const rows = await open.look<LeasedCells>(
    `select ${leasedColumns} from pw_tokens where token = any($1::bigint[])`,
    leased,
  )
  const byToken = new Map(rows.map((row) => [row.token, row]))
  return leased.map((token) => leasedOf(byToken.get(token)!))
}
