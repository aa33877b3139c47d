import { positionOf } from '../../../queue/check-question.ts'
import { maxValueDepth } from '../../../queue/check-value.ts'
import { cursorAfter } from '../../../queue/position.ts'
import type { QueueCount } from '../../../queue/queue-count.ts'
import type { Page, Row } from '../../../queue/rows.ts'
import { isDeeper } from '../../../schema/json.ts'
import { canBeStored } from '../read/can-be-stored.ts'
import type { Session } from '../server/database.ts'
import { quoted } from '../server/qualify.ts'

/** An inbox: of which workflow, and what its table is called. */
export interface InboxTable {
  readonly workflow: string
  readonly name: string
}

interface Cells {
  readonly n: number
  readonly id: string
  readonly value: string | null
  readonly priority: number
  readonly state: 'waiting' | 'refused'
  readonly why: string | null
  readonly enteredAt: number
}

type Reading = Pick<Session, 'rows' | 'schema'>

/** Longer texts are not read, in bytes: four times what any value may have, for spaces and escapes that its writer uses. */
export const maxTextBytes = 4_000_000

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

/** The names of the inboxes in which entries wait. */
export async function waitingInboxes(session: Reading): Promise<readonly string[]> {
  const waiting: string[] = []
  for (const { name } of await allInboxes(session)) {
    const sql = `select exists (select from ${tableOf(session.schema, name)} where state = 'waiting') as waits`
    const [found] = await session.rows<{ waits: boolean }>(sql)
    if (found!.waits) waiting.push(name)
  }
  return waiting
}

/** The entry `id` of an inbox, as a message in a queue. */
export async function readEntry(
  { rows, schema }: Reading,
  { name }: InboxTable,
  id: string,
): Promise<Row | undefined> {
  if (!canBeStored(id)) return undefined
  const [cells] = await rows<Cells>(`select ${columns} from ${tableOf(schema, name)} where id = $1`, id)
  return cells && rowOf(cells)
}

const states = {
  ready: 'waiting',
  dead: 'refused',
  leased: undefined,
  delayed: undefined,
  waiting: undefined,
} as const

/** One page of an inbox, as messages in a queue. */
export async function listEntries(
  { rows, schema }: Reading,
  { name }: InboxTable,
  { after, limit = 100, order = 'oldest', only = {} }: Page,
): Promise<{ readonly rows: readonly Row[]; readonly next?: string | undefined }> {
  const state = only.status && states[only.status]
  if (only.suspect || (only.status && state === undefined)) return { rows: [] }
  const isOldest = order === 'oldest'
  const start = after === undefined ? undefined : positionOf(name, { after, by: undefined }).token
  const found = await rows<Cells>(
    `select ${columns} from ${tableOf(schema, name)} where ($1::text is null or state = $1) and ($2::text is null or pw_tag(value) = $2)
       and ($3::bigint is null or n ${isOldest ? '>' : '<'} $3) order by n ${isOldest ? '' : 'desc'} limit $4`,
    state ?? null,
    only.tag ?? null,
    start ?? null,
    limit + 1,
  )
  const cells = found.slice(0, limit)
  const last = cells.at(-1)
  const next = found.length > limit && last ? cursorAfter({ at: last.enteredAt, token: last.n }) : undefined
  return { rows: cells.map(rowOf), next }
}

/** Counts of every inbox in which something is, or of the one called `name`. */
export async function countInboxes({ rows, schema }: Reading, name?: string): Promise<readonly QueueCount[]> {
  const found = await rows<
    InboxTable & { readonly waiting: number; readonly refused: number; readonly oldest_ms: number }
  >(
    `select * from ${quoted(schema)}.inboxes where waiting + refused > 0 and ($1::text is null or name = $1) order by name`,
    name ?? null,
  )
  return found.map(({ name: queue, workflow, waiting, refused, oldest_ms: oldestAt }) => ({
    ...{ queue, workflow, role: 'inbox', ready: waiting, leased: 0, delayed: 0, dead: refused, waiting: 0 },
    ...{ oldestAt, paused: false },
  }))
}

function rowOf({ id, value, priority, state, why, enteredAt }: Cells): Row {
  const isRefused = state === 'refused'
  const message = why ?? 'It was refused without a reason.'
  return {
    ...{ id, priority, enteredAt, hop: 0, frames: [], deploy: 0, lease: 0, attempts: 0, crashes: 0, rev: 0 },
    value: shownValue(value),
    suspect: false,
    status: isRefused ? 'dead' : 'ready',
    ...(isRefused && { error: { kind: 'error', name: 'RefusedError', message } }),
  }
}

// What no value can be is shown as the text that it is.
function shownValue(text: string | null): Row['value'] {
  if (text === null) return undefined
  try {
    const value = JSON.parse(text)
    return isDeeper(value, maxValueDepth) ? text : value
  } catch {
    return text
  }
}
