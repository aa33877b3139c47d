import { positionOf } from '../../../queue/check-question.ts'
import { maxValueDepth } from '../../../queue/check-value.ts'
import { cursorAfter } from '../../../queue/position.ts'
import type { QueueCount } from '../../../queue/queue-count.ts'
import type { Page, Row } from '../../../queue/rows.ts'
import { isDeeper } from '../../../schema/json.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import { fieldOf } from '../tables/schema.ts'

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

/** Longer texts are not read, in bytes: four times what any value may have, for spaces and escapes that its writer uses. */
export const maxTextBytes = 4_000_000

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
  const cells = prepared<[string], Cells>(db, `select ${columns} from ${name} where id = ?`).get(id)
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
export function listEntries(
  db: Connection,
  { name }: InboxTable,
  { after, limit = 100, order = 'oldest', only = {} }: Page,
): { readonly rows: readonly Row[]; readonly next?: string | undefined } {
  const state = only.status && states[only.status]
  if (only.suspect || (only.status && state === undefined)) return { rows: [] }
  const isOldest = order === 'oldest'
  const start = after === undefined ? undefined : positionOf(name, { after, by: undefined }).token
  const conditions = [
    '(@state is null or state = @state)',
    `(@tag is null or ${fieldOf('value', 'tag')} = @tag)`,
    ...(start === undefined ? [] : [`n ${isOldest ? '>' : '<'} @start`]),
  ]
  const found = prepared<object, Cells>(
    db,
    `select ${columns} from ${name} where ${conditions.join(' and ')} order by n ${isOldest ? '' : 'desc'} limit @limit`,
  ).all({ state: state ?? null, tag: only.tag ?? null, start, limit: limit + 1 })
  const cells = found.slice(0, limit)
  const last = cells.at(-1)
  const next = found.length > limit && last ? cursorAfter({ at: last.enteredAt, token: last.n }) : undefined
  return { rows: cells.map(rowOf), next }
}

/** Counts of every inbox in which something is, or of the one called `name`. */
export function countInboxes(db: Connection, name?: string): readonly QueueCount[] {
  return prepared<
    [{ readonly name: string | null }],
    InboxTable & { readonly waiting: number; readonly refused: number; readonly oldest_ms: number }
  >(db, 'select * from inboxes where waiting + refused > 0 and (@name is null or name = @name)')
    .all({ name: name ?? null })
    .map(({ name: queue, workflow, waiting, refused, oldest_ms: oldestAt }) => ({
      ...{
        queue,
        workflow,
        role: 'inbox',
        ready: waiting,
        leased: 0,
        delayed: 0,
        dead: refused,
        waiting: 0,
        oldestAt,
      },
      paused: false,
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
