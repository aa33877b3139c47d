import { makeReady as makeOneReady, reclaim } from '../../../queue/rules/lease.ts'
import { renewed } from '../../../queue/rules/stay.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { TokenRow } from '../tables/token-row.ts'

/** How many due or expired messages one lease makes ready at most, so that no transaction gets long. */
const batch = 1000

/** Makes due messages of a queue ready. */
export function promoteDue(open: OpenTransaction, queue: QueueEntry): void {
  if (queue.keyed) open.lanes.wakeDue(queue.ref, open.now, batch)
  if (open.rows.promoteDue(queue.ref, open.now, batch)) open.notify(queue)
}

/** Makes messages ready whose leases have run out, as the contract says. */
export function reclaimExpired(open: OpenTransaction, queue: QueueEntry): void {
  for (const row of open.rows.expired(queue.ref, open.elapsed, batch)) makeReady(open, queue, row)
}

/** Makes messages of a workflow ready whose leases were given before this boot of the machine. */
export function reclaimVoid(open: OpenTransaction, workflow: string): void {
  for (const row of open.rows.voided(workflow, open.elapsed)) {
    const queue = row.queue === undefined ? undefined : open.registry.of(row.queue)
    if (queue) reclaim(open, { known: { ...row, queue }, queue, isVoid: true })
  }
}

/**
 * Makes a message ready that is due, or whose lease has run out. If this very process holds the lease and its deadline is
 * not over, it is renewed instead: its worker lives, and was only kept from renewing it by a busy event loop or a slow disk.
 */
export function makeReady(open: OpenTransaction, queue: QueueEntry, row: TokenRow): void {
  const { token, hop, stay } = row
  const { held, lease } = stay
  const isLate = held && held.until <= open.elapsed && open.elapsed < held.deadline
  if (isLate && open.held.has({ token, hop, lease })) open.save(token, renewed(stay, open.elapsed))
  else makeOneReady(open, { ...row, queue })
}
