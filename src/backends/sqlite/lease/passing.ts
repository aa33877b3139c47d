import type { LeaseRequest } from '../../../queue/backend.ts'
import type { Admitting } from '../../../queue/rules/admitting.ts'
import type { Paid } from '../../../queue/rules/paid.ts'
import { termOf } from '../../../queue/rules/stay.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { LaneRow } from '../tables/lane-rows.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { asksOf } from '../tables/tolls-text.ts'
import { type Found, leaseCells } from './found.ts'
import type { LeaseRows } from './lease-rows.ts'
import type { ReadyCells } from './ready.ts'
import type { TolledCells } from './tolled-rows.ts'

/** So many messages at most are looked at that hold units already. */
const mostHolders = 1000

/** A lease from a queue whose messages pay at gates, or have keys, in the transaction that is open. */
export interface Passing {
  readonly open: OpenTransaction
  readonly rows: LeaseRows
  readonly queue: QueueEntry
  readonly request: LeaseRequest
  readonly admitting: Admitting<QueueEntry>
  /** That of the key to lease from, if one is asked for. */
  readonly lane: LaneRow | undefined
}

/** A message that the gates let pass, and what it has paid there. */
export interface Passed {
  readonly cells: ReadyCells
  readonly paid: readonly Paid[]
}

/** Lets a message pass the gates of its queue and key, if it may. */
export function passOf(
  { queue, admitting }: Passing,
  key: string,
  [cells, tolls]: TolledCells,
): Passed | undefined {
  const paid = queue.gated ? admitting.pay(cells[0], key, asksOf(tolls)) : []
  return paid && { cells, paid }
}

/** Lets messages pass, in their order, until `most` have or no other can. */
export function letPass(passing: Passing, ready: readonly TolledCells[], most: number): readonly Passed[] {
  const { open, queue, admitting, lane } = passing
  const passed: Passed[] = []
  for (const message of ready) {
    if (passed.length >= most || admitting.isOver) break
    const key = queue.gated && queue.keyed ? (lane?.key ?? open.gates.keyOf(message[0][0])) : ''
    const one = passOf(passing, key, message)
    if (one) passed.push(one)
  }
  return passed
}

/** Leases what the gates have let pass. */
export function leasePassed(
  { open, rows, queue, request }: Passing,
  passed: readonly Passed[],
): readonly Found[] {
  if (passed.length === 0) return []
  const found = leaseCells(open, rows, {
    queue: queue.ref,
    cells: passed.map(({ cells }) => cells),
    term: { ...termOf(request, open), alone: request.alone === true },
  })
  for (const { cells, paid } of passed) rows.tolled.pay(cells[0], paid)
  return found
}

/** The same, of messages that were not leased in turns: the lanes of their keys may have waited for them. */
export function leaseOutOfTurn(passing: Passing, passed: readonly Passed[]): readonly Found[] {
  const found = leasePassed(passing, passed)
  if (passing.queue.keyed) for (const { token } of found) passing.open.lanes.release(token)
  return found
}

/**
 * Leases messages that hold their units already at the gates at which others have stopped: they need nothing there, and those others
 * may have to wait for them.
 */
export function leaseHolders(passing: Passing, most: number): readonly Found[] {
  const { rows, queue, request, lane } = passing
  if (most <= 0 || passing.admitting.isOver) return []
  const holders = rows.tolled.holders(queue.ref, request.suspects ?? 'include', {
    lane: lane?.ref,
    limit: mostHolders,
  })
  return leaseOutOfTurn(passing, letPass(passing, holders, most))
}
