import type { LeaseRequest } from '../../../queue/backend.ts'
import { Admitting } from '../../../queue/rules/admitting.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import { mostLooked } from '../filter/most-looked.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { standOf } from '../tables/queue-entry.ts'
import type { Found } from './found.ts'
import { leaseInTurns } from './lease-in-turns.ts'
import { leaseOfKey, takeTurn } from './lease-of-key.ts'
import type { LeaseRows } from './lease-rows.ts'
import { leaseHolders, leaseOutOfTurn, letPass, type Passing } from './passing.ts'
import { promoteDue, reclaimExpired } from './reclaim.ts'
import type { TolledCells } from './tolled-rows.ts'

interface Lease {
  readonly queue: QueueEntry
  readonly request: LeaseRequest
}

/** Leases from a queue whose messages pay at gates, or have keys, as far as gates let them pass, in the transaction that is open. */
export function leaseBehindGates(
  open: OpenTransaction,
  rows: LeaseRows,
  { queue, request }: Lease,
): readonly Found[] {
  const admitting = new Admitting(open, queue)
  if (queue.gated && admitting.isShut) return park(open, admitting)
  open.settle()
  promoteDue(open, queue)
  reclaimExpired(open, queue)
  reclaimAround(open, queue)
  const limit = request.limit ?? request.ids?.length ?? 1
  const most = queue.gated ? admitting.most(limit) : limit
  const lane = request.key === undefined ? undefined : open.lanes.named(queue.ref, request.key)
  if (!lane && request.key !== undefined) return []
  const passing = { open, rows, queue, request, admitting, lane }
  const isNamed = request.ids !== undefined || request.only !== undefined
  const first = isNamed || !queue.keyed ? leaseFound(passing, most) : leaseOfLanes(passing, most)
  const others = isNamed ? [] : leaseHolders(passing, most - first.length)
  const found = [...first, ...others]
  if (lane && found.length > 0) takeTurn(passing, lane)
  if (found.length < limit) park(open, admitting)
  return found
}

function leaseFound(passing: Passing, most: number): readonly Found[] {
  return leaseOutOfTurn(passing, most > 0 ? letPass(passing, find(passing, most), most) : [])
}

function leaseOfLanes(passing: Passing, most: number): readonly Found[] {
  return passing.lane ? leaseOfKey(passing, passing.lane, most) : leaseInTurns(passing, most)
}

// What waits at a gate that opens by itself is due then.
function park(open: OpenTransaction, { againAt }: Admitting<QueueEntry>): readonly Found[] {
  if (againAt !== undefined) open.news.expectDue(againAt)
  return []
}

/** A message in another queue behind one of the gates whose worker is gone may hold what is wanted here. */
function reclaimAround(open: OpenTransaction, queue: QueueEntry): void {
  for (const { gate } of standOf(queue).behind)
    for (const each of open.gates.standing(gate)) if (each.ref !== queue.ref) reclaimExpired(open, each)
}

function find({ open, rows, queue, request, lane: row }: Passing, most: number): readonly TolledCells[] {
  const { ids, only, suspects = 'include' } = request
  if (!ids && !only) return rows.tolled.first(queue.ref, suspects, { limit: most })
  const named = ids?.flatMap((id) => open.ids.of(queue.workflow, id) ?? [])
  const moment = { now: open.now, elapsed: open.elapsed }
  // Of those that some gate keeps back, more have to be looked at.
  const limit = queue.gated ? mostLooked : most
  const lane = row?.ref
  const tokens = only ? rows.matching(queue, { only, tokens: named, suspects, limit, moment, lane }) : named!
  return rows.tolled.first(queue.ref, suspects, { limit: tokens.length, tokens, lane })
}
