import type { Change } from '../../../queue/change.ts'
import { notDead, notThere } from '../../../queue/refusals.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import { inboxNamed } from './inbox-rows.ts'

/**
 * Does those of `changes` that are about entries of inboxes, in the transaction that is open, and returns the others.
 * A revived entry waits again, and its inbox is added to `revived`; a taken one is deleted. Throws as the contract says for a message that is not there, or is
 * not dead.
 */
export function settleEntries(
  db: Connection,
  open: OpenTransaction,
  changes: readonly Change[],
  revived: Set<string>,
): readonly Change[] {
  if (!changes.some(({ kind }) => kind === 'take' || kind === 'revive')) return changes
  return changes.filter((change) => {
    if (change.kind !== 'take' && change.kind !== 'revive') return true
    if (open.registry.find(change.queue) !== undefined) return true
    const inbox = inboxNamed(db, change.queue)
    if (!inbox) return true
    open.changed()
    settle(db, inbox.name, change)
    if (change.kind === 'revive') revived.add(inbox.name)
    return false
  })
}

function settle(
  db: Connection,
  name: string,
  { kind, id }: Extract<Change, { kind: 'take' | 'revive' }>,
): void {
  const state = prepared<[string], string>(db, `select state from ${name} where id = ?`).pluck().get(id)
  if (state === undefined) throw notThere({ queue: name, id })
  if (kind === 'take') prepared<[string], never>(db, `delete from ${name} where id = ?`).run(id)
  else if (state === 'refused')
    prepared<[string], never>(db, `update ${name} set state = 'waiting', why = null where id = ?`).run(id)
  else throw notDead({ queue: name, id }, 'ready')
}
