import type { Change } from '../../../queue/change.ts'
import { entryRefusal, type Settling } from '../../../queue/rules/inbox-cells.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import { inboxNamed } from './inbox-rows.ts'

/**
 * Does `change` if it is about an entry of an inbox, in the transaction that is open, and returns whether it was passed over;
 * undefined if it is about something else. A revived entry waits again, and its inbox is added to `revived`; a taken one is
 * deleted. Throws as the contract says for a message that is not there, or is not dead.
 */
export function settleEntry(
  db: Connection,
  open: OpenTransaction,
  change: Change,
  revived: Set<string>,
): boolean | undefined {
  if (change.kind !== 'take' && change.kind !== 'revive') return undefined
  if (open.registry.has(change.queue)) return undefined
  const inbox = inboxNamed(db, change.queue)
  if (!inbox) return undefined
  const state = prepared<[string], string>(db, `select state from ${inbox.name} where id = ?`)
    .pluck()
    .get(change.id)
  const refusal = entryRefusal(change, state)
  if (refusal && !change.skip) throw refusal
  if (refusal) return true
  open.changed()
  settle(db, inbox.name, change)
  if (change.kind === 'revive') revived.add(inbox.name)
  return false
}

function settle(db: Connection, name: string, { kind, id }: Settling): void {
  const sql =
    kind === 'take'
      ? `delete from ${name} where id = ?`
      : `update ${name} set state = 'waiting', why = null where id = ?`
  prepared<[string], never>(db, sql).run(id)
}
