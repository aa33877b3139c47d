import { holderOf } from '../../../queue/person.ts'
import { lapsed, promoted, renewed } from '../../../queue/rules/stay.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { LeaseKey } from '../tables/lease-key.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { TokenRow } from '../tables/token-rows.ts'

/** How many due or expired messages one lease makes ready at most, so that no transaction gets long. */
const batch = 1000

/** Makes due messages of a queue ready. */
export function promoteDue(open: OpenTransaction, queue: QueueEntry): void {
  if (open.rows.promoteDue(queue.ref, open.now, batch)) open.tell(queue)
}

/** Makes messages ready whose leases have run out, as the contract says. */
export function reclaimExpired(open: OpenTransaction, queue: QueueEntry): void {
  for (const row of open.rows.expired(queue.ref, open.elapsed, batch)) reclaimUnlessHeld(open, queue, row)
}

/** Makes messages ready whose leases were given before this boot of the machine. */
export function reclaimVoid(open: OpenTransaction, queue: QueueEntry): void {
  for (const row of open.rows.voided(queue.ref, open.elapsed)) reclaim(open, queue, { row, isVoid: true })
}

/** Makes one message ready that is due, or whose lease has run out. */
export function makeReady(open: OpenTransaction, queue: QueueEntry, token: number): void {
  const row = open.rows.get(token)
  if (row?.queue !== queue.ref) return
  const { status, due, held } = row.stay
  if (status === 'delayed' && due !== undefined && due <= open.now) {
    open.rows.save(token, promoted(row.stay))
    open.tell(queue)
  } else if (held && held.until <= open.elapsed) {
    reclaimUnlessHeld(open, queue, row)
  }
}

/**
 * Makes a message ready whose lease has run out, unless this very process holds it and its deadline is not over: its
 * worker lives, and what kept the lease from being renewed (a busy event loop, a slow disk) is over. Then it is renewed.
 */
function reclaimUnlessHeld(open: OpenTransaction, queue: QueueEntry, row: TokenRow): void {
  const { token, hop, stay } = row
  const key: LeaseKey = { token, hop, lease: stay.lease }
  if (open.elapsed >= stay.held!.deadline || !open.held.has(key)) return reclaim(open, queue, { row })
  open.changed()
  open.rows.save(token, renewed(stay, open.elapsed))
}

/** Makes one message ready whose lease has run out: charged with an attempt, or suspected, or neither. */
function reclaim(
  open: OpenTransaction,
  queue: QueueEntry,
  { row, isVoid = false }: { readonly row: TokenRow; readonly isVoid?: boolean },
): void {
  const { name, role } = queue
  const { stay, error } = lapsed(row.stay, { queue: name, role, isVoid })
  const owner = row.stay.held!.owner || undefined
  open.rows.save(row.token, stay)
  open.tell(queue)
  open.line(row, queue, 'expired', {
    actor: owner === undefined ? undefined : holderOf(owner),
    error,
    owner,
    attempt: role === 'review' ? undefined : row.stay.attempts + 1,
  })
}
