import type { QueueCount } from '../../../queue/queue-count.ts'
import type { Page, Row } from '../../../queue/rows.ts'
import {
  countOfInbox,
  type EntryCells,
  entriesAsked,
  entriesPage,
  type InboxCells,
  type InboxTable,
  maxTextBytes,
  rowOfEntry,
} from '../../../queue/rules/inbox-cells.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import { fieldOf } from '../tables/schema.ts'

/** The SQL for the value of an entry; null if it is too long to be read. */
const readableValue = `iif(octet_length(value) > ${maxTextBytes}, null, value) as value`

const columns = `n, id, ${readableValue}, coalesce(priority, 0) as priority, state, why, entered_at as enteredAt`

/** The inbox called `name`; undefined if there is none. A queue that is called so goes before it. */
export function inboxNamed(db: Connection, name: string): InboxTable | undefined {
  return prepared<[string], InboxTable>(db, 'select workflow, name from pw_inboxes where name = ?').get(name)
}

/** The inbox of `workflow`; undefined if that has never been declared. */
export function inboxOf(db: Connection, workflow: string): InboxTable | undefined {
  const sql = 'select workflow, name from pw_inboxes where workflow = ?'
  return prepared<[string], InboxTable>(db, sql).get(workflow)
}

/** The names of the inboxes in which entries wait. */
export function waitingInboxes(db: Connection): readonly string[] {
  return prepared<[], string>(db, 'select name from pw_inboxes')
    .pluck()
    .all()
    .filter(
      (name) =>
        prepared<[], unknown>(db, `select 1 from ${name} where state = 'waiting' limit 1`).get() !==
        undefined,
    )
}

/** The entry `id` of an inbox, as a message in a queue. */
export function readEntry(db: Connection, { name }: InboxTable, id: string): Row | undefined {
  const cells = prepared<[string], EntryCells>(db, `select ${columns} from ${name} where id = ?`).get(id)
  return cells && rowOfEntry(cells)
}

/** One page of an inbox, as messages in a queue. */
export function listEntries(
  db: Connection,
  { name }: InboxTable,
  page: Page,
): { readonly rows: readonly Row[]; readonly next?: string | undefined } {
  const asked = entriesAsked(name, page)
  if (!asked) return { rows: [] }
  const { state, tag, isOldest, start, limit } = asked
  const conditions = [
    '(@state is null or state = @state)',
    `(@tag is null or ${fieldOf('value', 'tag')} = @tag)`,
    ...(start === undefined ? [] : [`n ${isOldest ? '>' : '<'} @start`]),
  ]
  const found = prepared<object, EntryCells>(
    db,
    `select ${columns} from ${name} where ${conditions.join(' and ')} order by n ${isOldest ? '' : 'desc'} limit @limit`,
  ).all({ state: state ?? null, tag: tag ?? null, start, limit: limit + 1 })
  return entriesPage(found, asked)
}

/** Counts of every inbox in which something is, or of the one called `name`. */
export function countInboxes(db: Connection, name?: string): readonly QueueCount[] {
  return prepared<[{ readonly name: string | null }], InboxCells>(
    db,
    'select * from inboxes where waiting + refused > 0 and (@name is null or name = @name)',
  )
    .all({ name: name ?? null })
    .map(countOfInbox)
}
