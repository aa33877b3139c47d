import type { Fault } from '../../queue/change.ts'
import { lostItsWorker, tookTooLong } from '../../queue/lapse.ts'
import { holderOf } from '../../queue/person.ts'
import { renewOne } from './extending.ts'
import { faultText } from './history.ts'
import type { Ledger } from './ledger.ts'
import type { Expired } from './queue-schema.ts'
import type { QueueTable } from './queue-table.ts'

/** How many due or expired messages one lease makes ready at most, so that no transaction gets long. */
const batch = 1000

/** Makes due messages of a queue ready. */
export function promoteDue({ turn }: Ledger, table: QueueTable): void {
  if (table.times.promote.run(turn.now, batch).changes === 0) return
  turn.dirty = true
  turn.tell(table)
}

/** Makes messages ready whose leases have run out, as the contract says. */
export function reclaimExpired(ledger: Ledger, table: QueueTable): void {
  for (const each of table.times.expired.all(ledger.turn.elapsed, batch))
    reclaimUnlessHeld(ledger, table, each)
}

/**
 * Makes a message ready whose lease has run out, unless this very process holds it and its deadline is not over: its
 * worker lives, and what kept the lease from being renewed (a busy event loop, a slow disk) is over. Then it is renewed.
 */
export function reclaimUnlessHeld(ledger: Ledger, table: QueueTable, expired: Expired): void {
  const { held, turn } = ledger
  const key = { queue: table.entry.ref, ...expired }
  if (turn.elapsed < expired.deadline && held.has(key) && renewOne(table, key, turn.elapsed))
    turn.dirty = true
  else reclaim(ledger, table, expired)
}

/** Makes messages ready whose leases were given before this boot of the machine. */
export function reclaimVoid(ledger: Ledger, table: QueueTable): void {
  for (const each of table.times.voided.all(ledger.turn.elapsed))
    reclaim(ledger, table, { ...each, deadline: Infinity })
}

/** Makes one message ready whose lease has run out: charged with an attempt, or suspected, or neither. */
function reclaim({ history, turn }: Ledger, table: QueueTable, expired: Expired): void {
  const { token, hop } = expired
  const { attempts, crashes, suspect, error } = judge(table, expired)
  table.times.reclaim.run(attempts, crashes, suspect, faultText(error), token)
  turn.dirty = true
  turn.tell(table)
  const { ref, role } = table.entry
  history.add({ at: turn.now, token, hop, queue: ref }, 'expired', {
    actor: expired.owner === null ? undefined : holderOf(expired.owner),
    error,
    owner: expired.owner ?? undefined,
    attempt: role === 'review' ? undefined : expired.attempts + 1,
  })
}

interface Verdict {
  readonly attempts: number
  readonly crashes: number
  readonly suspect: number
  readonly error?: Fault
}

function judge({ entry }: QueueTable, expired: Expired): Verdict {
  const { attempts, crashes, suspect, alone } = expired
  if (entry.role === 'review') return { attempts, crashes, suspect }
  if (expired.until >= expired.deadline)
    return { attempts: attempts + 1, crashes, suspect, error: tookTooLong(entry.name) }
  const counted = crashes + (alone === 1 ? suspect : 0)
  return { attempts, crashes: counted, suspect: 1, error: lostItsWorker(entry.name) }
}
