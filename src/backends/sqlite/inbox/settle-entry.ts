import type { Change } from '../../../queue/change.ts'
import { notDead, notThere } from '../../../queue/refusals.ts'
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
  const refusal = refusalOf(db, inbox.name, change)
  if (refusal && !change.skip) throw refusal
  if (refusal) return true
  open.changed()
  settle(db, inbox.name, change)
  if (change.kind === 'revive') revived.add(inbox.name)
  return false
}

type Settling = Extract<Change, { kind: 'take' | 'revive' }>

function refusalOf(db: Connection, name: string, { kind, id }: Settling): Error | undefined {
  const state = prepared<[string], string>(db, `select state from ${name} where id = ?`).pluck().get(id)
  if (state === undefined) return notThere({ queue: name, id })
  return kind === 'take' || state === 'refused' ? undefined : notDead({ queue: name, id }, 'ready')
}

function settle(db: Connection, name: string, { kind, id }: Settling): void {
  const sql =
    kind === 'take'
      ? `delete from ${name} where id = ?`
      : `update ${name} set state = 'waiting', why = null where id = ?`
  prepared<[string], never>(db, sql).run(id)
}
