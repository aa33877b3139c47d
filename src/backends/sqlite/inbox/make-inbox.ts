import type { Change } from '../../../queue/change.ts'
import type { Inbox, InboxEntry } from '../../../queue/inbox.ts'
import { notDead, notThere } from '../../../queue/refusals.ts'
import { apply } from '../../../queue/rules/apply.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import type { Reader } from '../read/reader.ts'
import { prepared } from '../tables/prepared.ts'
import { inboxNamed, inboxOf, readableValue } from './inbox-rows.ts'

/** What the inboxes of a database need. */
export interface InboxParts {
  readonly db: Connection
  readonly open: OpenTransaction
  readonly reader: Pick<Reader, 'readOnce'>
  /** Runs `work` in the transaction that is open. */
  readonly write: <T>(work: () => T) => Promise<T>
}

/** So long texts are read at once, in bytes, before the rest is left to the next page. */
const maxPageBytes = 8_000_000
const maxWhyLength = 1000

/** The inboxes of a database, see `Inbox`. */
export function makeInbox({ db, open, reader, write }: InboxParts): Inbox {
  return {
    nameOf: (workflow) => inboxOf(db, workflow)?.name,
    entries: (workflow, { after, limit }) =>
      reader.readOnce((read) => {
        const inbox = inboxOf(read, workflow)
        if (!inbox) return []
        const found = prepared<[number], Omit<InboxEntry, 'workflow'>>(
          read,
          `select n, id, ${readableValue}, coalesce(priority, 0) as priority from ${inbox.name}
           where state = 'waiting' and n > ? order by n`,
        )
        const entries: InboxEntry[] = []
        let bytes = 0
        for (const { value, ...entry } of found.iterate(after)) {
          entries.push({ workflow, value: value ?? undefined, ...entry })
          bytes += value?.length ?? 0
          if (entries.length >= limit || bytes >= maxPageBytes) break
        }
        return entries
      }),
    admit: (entry, changes) =>
      write(() => {
        const name = inboxOf(db, entry.workflow)?.name
        if (name === undefined) return false
        open.changed()
        const { value = null } = entry
        const taken = prepared(db, `delete from ${name} where ${asItWas}`).run({ ...entry, value })
        if (taken.changes === 0) return false
        apply(open, changes)
        return true
      }),
    refuse: (entry, why) =>
      write(() => {
        const name = inboxOf(db, entry.workflow)?.name
        if (name === undefined) return false
        open.changed()
        const refused = `update ${name} set state = 'refused', why = @why where ${asItWas}`
        const { changes } = prepared(db, refused).run({
          ...entry,
          value: entry.value ?? null,
          why: why.slice(0, maxWhyLength),
        })
        return changes > 0
      }),
  }
}

const asItWas = `n = @n and id = @id and state = 'waiting' and coalesce(priority, 0) = @priority
  and (@value is null or value = @value)`

/**
 * Does those of `changes` that are about entries of inboxes, in the transaction that is open, and returns the others.
 * A revived entry waits again; a taken one is deleted. Throws as the contract says for a message that is not there, or is
 * not dead.
 */
export function settleEntries(
  db: Connection,
  open: OpenTransaction,
  changes: readonly Change[],
): readonly Change[] {
  if (!changes.some(({ kind }) => kind === 'take' || kind === 'revive')) return changes
  return changes.filter((change) => {
    if (change.kind !== 'take' && change.kind !== 'revive') return true
    if (open.registry.find(change.queue) !== undefined) return true
    const inbox = inboxNamed(db, change.queue)
    if (!inbox) return true
    open.changed()
    settle(db, inbox.name, change)
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
