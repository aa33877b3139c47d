import { isDeeper } from '../../schema/json.ts'
import type { Change } from '../change.ts'
import { positionOf } from '../check-question.ts'
import { maxValueDepth } from '../check-value.ts'
import { cursorAfter } from '../position.ts'
import type { QueueCount } from '../queue-count.ts'
import { notDead, notThere } from '../refusals.ts'
import type { Page, Row } from '../rows.ts'

/** An inbox: of which workflow, and what its table is called. */
export interface InboxTable {
  readonly workflow: string
  readonly name: string
}

/** An entry as its row has it; `value` is null if it is too long to be read. */
export interface EntryCells {
  readonly n: number
  readonly id: string
  readonly value: string | null
  readonly priority: number
  readonly state: 'waiting' | 'refused'
  readonly why: string | null
  readonly enteredAt: number
}

/** An inbox as the view of inboxes has it. */
export interface InboxCells extends InboxTable {
  readonly waiting: number
  readonly refused: number
  readonly oldest_ms: number
}

/** Longer texts are not read, in bytes: four times what any value may have, for spaces and escapes that its writer uses. */
export const maxTextBytes = 4_000_000

/** So long texts are taken in at once, in bytes, before the rest is left to the next page. */
export const maxEntriesBytes = 8_000_000

/** So long a reason of a refusal is kept, in characters. */
export const maxWhyLength = 1000

/** Which entries a page asks for. */
export interface EntriesAsked {
  readonly state: EntryCells['state'] | undefined
  readonly tag: string | undefined
  readonly isOldest: boolean
  /** The number of the entry before the page. */
  readonly start: number | undefined
  readonly limit: number
}

const states = {
  ready: 'waiting',
  dead: 'refused',
  leased: undefined,
  delayed: undefined,
  waiting: undefined,
} as const

/** What a page of the inbox `name` asks for; undefined if no entry can be in it. */
export function entriesAsked(
  name: string,
  { after, limit = 100, order = 'oldest', only = {} }: Page,
): EntriesAsked | undefined {
  const state = only.status && states[only.status]
  if (only.suspect || (only.status && state === undefined)) return undefined
  const start = after === undefined ? undefined : positionOf(name, { after, by: undefined }).token
  return { state, tag: only.tag, isOldest: order === 'oldest', start, limit }
}

/** The page of what was found, of which one more than `limit` was looked for. */
export function entriesPage(
  found: readonly EntryCells[],
  { limit }: EntriesAsked,
): { readonly rows: readonly Row[]; readonly next?: string | undefined } {
  const cells = found.slice(0, limit)
  const last = cells.at(-1)
  const next = found.length > limit && last ? cursorAfter({ at: last.enteredAt, token: last.n }) : undefined
  return { rows: cells.map(rowOfEntry), next }
}

/** An entry as a message in a queue. */
export function rowOfEntry({ id, value, priority, state, why, enteredAt }: EntryCells): Row {
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

/** An inbox as the count of a queue. */
export function countOfInbox({
  name,
  workflow,
  waiting,
  refused,
  oldest_ms: oldestAt,
}: InboxCells): QueueCount {
  return {
    ...{
      queue: name,
      workflow,
      role: 'inbox',
      ready: waiting,
      leased: 0,
      delayed: 0,
      dead: refused,
      waiting: 0,
    },
    ...{ oldestAt, paused: false },
  }
}

/** Changes that may be about an entry. */
export type Settling = Extract<Change, { kind: 'take' | 'revive' }>

/** Why an entry in `state`, which is undefined if it is not there, is not settled so; undefined if it is. */
export function entryRefusal({ kind, queue, id }: Settling, state: string | undefined): Error | undefined {
  if (state === undefined) return notThere({ queue, id })
  return kind === 'take' || state === 'refused' ? undefined : notDead({ queue, id }, 'ready')
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
