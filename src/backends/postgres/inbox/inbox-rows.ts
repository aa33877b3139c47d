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
import { canBeStored } from '../read/can-be-stored.ts'
import type { Session } from '../server/database.ts'
import { quoted } from '../server/qualify.ts'

type Reading = Pick<Session, 'rows' | 'schema'>

/** The SQL for the value of an entry; null if it is too long to be read. */
export const readableValue = `case when octet_length(value) <= ${maxTextBytes} then value end as value`

const columns = `n, id, ${readableValue}, coalesce(priority, 0) as priority, state, why, entered_at as "enteredAt"`

/** The table of an inbox in SQL. */
export function tableOf(schema: string, name: string): string {
  return `${quoted(schema)}.${quoted(name)}`
}

/** All inboxes. */
export function allInboxes({ rows }: Pick<Session, 'rows'>): Promise<readonly InboxTable[]> {
  return rows<InboxTable>('select workflow, name from pw_inboxes order by name')
}

/** The inbox called `name`; undefined if there is none. A queue that is called so goes before it. */
export async function inboxNamed({ rows }: Reading, name: string): Promise<InboxTable | undefined> {
  if (!canBeStored(name)) return undefined
  const [found] = await rows<InboxTable>('select workflow, name from pw_inboxes where name = $1', name)
  return found
}

/** The entry `id` of an inbox, as a message in a queue. */
export async function readEntry(
  { rows, schema }: Reading,
  { name }: InboxTable,
  id: string,
): Promise<Row | undefined> {
  if (!canBeStored(id)) return undefined
  const [cells] = await rows<EntryCells>(`select ${columns} from ${tableOf(schema, name)} where id = $1`, id)
  return cells && rowOfEntry(cells)
}

/** One page of an inbox, as messages in a queue. */
export async function listEntries(
  { rows, schema }: Reading,
  { name }: InboxTable,
  page: Page,
): Promise<{ readonly rows: readonly Row[]; readonly next?: string | undefined }> {
  const asked = entriesAsked(name, page)
  if (!asked) return { rows: [] }
  const { state, tag, isOldest, start, limit } = asked
  const found = await rows<EntryCells>(
    `select ${columns} from ${tableOf(schema, name)} where ($1::text is null or state = $1) and ($2::text is null or pw_tag(value) = $2)
       and ($3::bigint is null or n ${isOldest ? '>' : '<'} $3) order by n ${isOldest ? '' : 'desc'} limit $4`,
    state ?? null,
    tag ?? null,
    start ?? null,
    limit + 1,
  )
  return entriesPage(found, asked)
}

/** Counts of every inbox in which something is, or of the one called `name`. */
export async function countInboxes({ rows, schema }: Reading, name?: string): Promise<readonly QueueCount[]> {
  const found = await rows<InboxCells>(
    `select * from ${quoted(schema)}.inboxes where waiting + refused > 0 and ($1::text is null or name = $1) order by name`,
    name ?? null,
  )
  return found.map(countOfInbox)
}
