import type { LeaseRequest } from '../../../queue/backend.ts'
import type { Paid } from '../../../queue/rules/paid.ts'
import { termOf } from '../../../queue/rules/stay.ts'
import { Admitting } from '../../../queue/rules/tolls.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import { mostLooked } from '../filter/most-looked.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { standOf } from '../tables/queue-entry.ts'
import { asksOf } from '../tables/tolls-text.ts'
import { type Found, leaseCells } from './found.ts'
import { leaseInTurns } from './lease-in-turns.ts'
import type { LeaseRows, ReadyCells, TolledCells } from './lease-rows.ts'
import { promoteDue, reclaimExpired } from './reclaim.ts'

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
  if (queue.keyed && !request.ids && !request.only) {
    const found = leaseInTurns({ open, rows, queue, request, admitting }, Math.min(limit, most))
    if (found.length < limit) park(open, admitting)
    return found
  }
  const ready = most > 0 ? find(open, rows, { queue, request, most }) : []
  const passed: ReadyCells[] = []
  const paid: (readonly Paid[])[] = []
  const blocked = new Set<string>()
  for (const [cells, tolls] of ready) {
    if (passed.length >= most) break
    const key = queue.gated ? open.gates.keyOf(cells[0]) : ''
    if (blocked.has(key)) continue
    const tolled = queue.gated ? admitting.pay(cells[0], key, asksOf(tolls)) : []
    if (!tolled && !admitting.isOfKey) break
    if (!tolled) {
      blocked.add(key)
      continue
    }
    passed.push(cells)
    paid.push(tolled)
  }
  if (passed.length < limit) park(open, admitting)
  const found = leaseCells(open, rows, {
    queue: queue.ref,
    cells: passed,
    term: { ...termOf(request, open), alone: request.alone === true },
  })
  for (const [i, cells] of passed.entries()) rows.pay(cells[0], paid[i]!)
  if (queue.keyed) for (const [token] of passed) open.lanes.release(token)
  return found
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

function find(
  open: OpenTransaction,
  rows: LeaseRows,
  { queue, request, most }: Lease & { readonly most: number },
): readonly TolledCells[] {
  const { ids, only, suspects = 'include' } = request
  if (!ids && !only) return rows.tolled(queue.ref, suspects, { limit: most })
  const named = ids?.flatMap((id) => open.ids.of(queue.workflow, id) ?? [])
  const moment = { now: open.now, elapsed: open.elapsed }
  // Of those whose gate of their key is full, more have to be looked at.
  const limit = queue.keyed ? mostLooked : most
  const tokens = only ? rows.matching(queue, { only, tokens: named, suspects, limit, moment }) : named!
  return rows.tolled(queue.ref, suspects, { limit: tokens.length, tokens })
}
