import type { LeaseRequest } from '../../../queue/backend.ts'
import type { Leased } from '../../../queue/rows.ts'
import { mostLooked } from '../read/most-looked.ts'
import { type LaneRow, laneOf } from '../tables/lane.ts'
import { type LeasedCells, leasedColumns, leasedOf } from '../tables/row.ts'
import { LaneRows, type Lined } from './lane-rows.ts'
import { leaseInTurns } from './lease-in-turns.ts'
import type { Leasing } from './leasing.ts'
import { findLapsed, makeTheseReady } from './make-ready.ts'
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
  const limit = request.limit ?? request.ids?.length ?? 1
  const lanes = new LaneRows(open, queue.ref)
  const { isShut, lapsed, first } = await look(passing, lanes, limit)
  if (isShut) {
    passing.park()
    return []
  }
  await makeTheseReady(open, lapsed, own)
  await passing.expectGates()
  const most = queue.gated ? await open.run(() => passing.admitting.most(limit)) : limit
  const lane = request.key === undefined ? undefined : await lanes.named(request.key)
  if (!lane && request.key !== undefined) return []
  if (isNamed(request) || !queue.keyed) await leaseFound(passing, most, lane)
  else if (lane) await leaseOfKey(passing, lanes, { lane, limit: most })
  // What was ready now may come first.
  else await leaseInTurns(passing, { limit: most, first: lapsed.length === 0 ? first : undefined })
  if (!isNamed(request)) await leaseHolders(passing, most, lane)
  if (lane && passing.leased.length > 0) open.draft.lanes.turn(queue, lane)
  if (passing.leased.length < limit) passing.park()
  return messagesOf(passing)
}

function isNamed({ ids, only }: LeaseRequest): boolean {
  return ids !== undefined || only !== undefined
}

interface Look {
  readonly isShut: boolean
  /** The messages that are due, or whose leases have run out. */
  readonly lapsed: readonly number[]
  /** The beginning of the line, where lanes take turns. */
  readonly first: readonly Lined[] | undefined
}

/** Reads in one go what most leases need. */
async function look(passing: Passing, lanes: LaneRows, limit: number): Promise<Look> {
  const { open, queue, request } = passing.leasing
  // A message in another queue behind one of the gates whose worker is gone may hold what is wanted here.
  const around = queue.behind.flatMap(({ gate }) => open.queues.standing(gate))
  const queues = [queue, ...around.filter(({ ref }) => ref !== queue.ref)]
  const takeTurns = queue.keyed && !isNamed(request) && request.key === undefined
  let isClosed = false
  let lapsed: readonly number[] = []
  let first: readonly Lined[] | undefined
  await open.settle()
  await open.session.together([
    async () => {
      if (queue.gated) await passing.expectGates()
      else isClosed = await isClosedBy(passing.leasing)
    },
    async () => {
      lapsed = await findLapsed(open, queues)
    },
    async () => {
      if (takeTurns) await lanes.unblockDue()
    },
    async () => {
      if (takeTurns && request.suspects !== 'only') first = await lanes.line(limit)
    },
  ])
  const isShut = queue.gated ? await open.run(() => passing.admitting.isShut) : isClosed
  return { isShut, lapsed, first }
}

async function isClosedBy({ open, queue }: Leasing): Promise<boolean> {
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
  const { open, queue, request } = passing.leasing
  const { suspects = 'include' } = request
  if (limit === 0) return
  const ready = suspects === 'only' ? [] : await lanes.firstOf(lane, limit)
  passing.learn(ready)
  if (suspects !== 'only' && ready.length === 0) open.draft.lanes.find(queue, lane, { idle: true })
  const crashed =
    suspects === 'exclude' || ready.length >= limit
      ? []
      : await numbers(
          passing,
          `select token from pw_tokens where queue = $1 and lane = $3 and suspect and status = 'ready' order by priority, token limit $2`,
          limit,
          laneOf(lane),
        )
  if (suspects !== 'exclude' && ready.length < limit && crashed.length === 0)
    open.draft.lanes.find(queue, lane, { calm: true })
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

// Where the texts of messages were not read with the line, the rows are read as they are now.
async function messagesOf({ leasing: { open }, leased, messages }: Passing): Promise<readonly Leased[]> {
  const others = leased.filter((token) => !messages.has(token))
  if (others.length > 0) {
    const sql = `select ${leasedColumns} from pw_tokens where token = any($1::bigint[])`
    for (const row of await open.look<LeasedCells>(sql, others)) messages.set(row.token, row)
  }
  return leased.map((token) => leasedOf(messages.get(token)!))
}
