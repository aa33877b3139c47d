import type { Change } from '../../queue/change.ts'
import { isPipewrightError } from '../../queue/errors.ts'
import type { Filter } from '../../queue/filter.ts'
import { commitBytes, mostCommitBytes } from '../commit-bytes.ts'
import type { BulkCounts, Refusal } from './bulk.ts'
import { bulkQueuesOf } from './bulk-place.ts'
import { type Handled, handledAfter, handledOf } from './handled.ts'
import { type Placed, type Planned, type Planning, planMessage, Refused } from './plan-message.ts'
import { movedOn, planUndo, type Undoing } from './plan-undo.ts'
import { none, type RunState } from './run-state.ts'

/** What becomes of the next messages, as planned: nothing has happened yet. */
export interface Batch {
  /** For each message that something is done to. */
  readonly planned: readonly { readonly was: Handled; readonly will: Planned }[]
  readonly refusals: readonly Refusal[]
  /** What is known before the commit. */
  readonly counts: BulkCounts
  readonly cursor: RunState['cursor']
  readonly changes: readonly Change[]
  /** How many it was planned for at most: less than was asked for where their values are long. */
  readonly limit: number
}

type Searching = Planning & { readonly state: RunState }

/** How many to ask for at first where values are read, and then after a batch: they may be long. */
export function nextLimit(before?: Batch): number {
  return before ? 2 * before.limit : 16
}

/** Plans up to `limit` messages; undefined if none is left. An empty batch only goes on to where there may be some. */
export function nextBatch(searching: Searching, limit: number): Promise<Batch | undefined> {
  const { does } = searching.state
  return does.action === 'undo' ? nextUndone(searching, does, limit) : nextListed(searching, limit)
}

async function nextListed(searching: Searching, limit: number): Promise<Batch | undefined> {
  const { state } = searching
  const { part, after } = state.cursor
  const current = state.parts[part]
  if (!current) return undefined
  const { rows, next } = await listed(searching, { limit, after: after ?? undefined })
  const cursor = next === undefined ? { part: part + 1, after: null } : { part, after: next }
  const isLeft = (row: Placed) => row.status === 'leased' && !state.force
  const free = rows.filter((row) => !isLeft(row))
  const outcomes = await Promise.all(
    free.map(async (row) => [handledOf(row, row.queue), await planMessage(searching, row)] as const),
  )
  const batch = { ...batchOf(outcomes, cursor, { held: rows.length - free.length }), limit }
  // Only a list says where the next begins.
  return isTooLong(batch) && limit > 1 ? nextListed(searching, Math.ceil(limit / 4)) : batch
}

function isTooLong({ changes }: Batch): boolean {
  return commitBytes(changes) > mostCommitBytes
}

async function listed(
  { place, state }: Searching,
  { limit, after }: { readonly limit: number; readonly after: string | undefined },
): Promise<{ readonly rows: readonly Placed[]; readonly next?: string | undefined }> {
  const { queue, status } = state.parts[state.cursor.part]!
  const only = meant(state.filter, { status, watermark: state.watermark })
  // What is taken out or made ready needs no value.
  const values = state.does.action === 'retry' || state.does.action === 'cancel' ? false : undefined
  try {
    const { rows, next } = await place.backend.list(queue, { only, after, limit, values })
    return { rows: rows.map((row) => ({ ...row, queue })), next }
  } catch (error) {
    // A newer version has left the queue out, which it could only do with an empty one.
    if (isPipewrightError(error) && error.code === 'not_found') return { rows: [] }
    throw error
  }
}

/** `filter`, of the messages in a status that had arrived before the watermark. */
export function meant(
  filter: Filter,
  { status, watermark }: { readonly status: Filter['status'] | null; readonly watermark: number | null },
): Filter {
  const to = Math.min(watermark ?? Number.POSITIVE_INFINITY, filter.arrived?.to ?? Number.POSITIVE_INFINITY)
  return {
    ...filter,
    ...(status && { status }),
    ...(to < Number.POSITIVE_INFINITY && { arrived: { ...filter.arrived, to } }),
  }
}

// The part of the cursor is how many of the record after `after` are done.
async function nextUndone(searching: Searching, does: Undoing, limit: number): Promise<Batch | undefined> {
  const { place, state } = searching
  const { part, after } = state.cursor
  const { workflow } = bulkQueuesOf(place.workflow)
  const page = await handledAfter(place.backend, { workflow, run: does.of }, after ?? undefined)
  if (!page) return undefined
  const end = part + limit
  const outcomes = await Promise.all(
    page.handled.slice(part, end).map(async (was) => [was, await planUndo(searching, does, was)] as const),
  )
  const stayed = outcomes.flatMap(([was, will]) => (will === movedOn ? [] : [[was, will] as const]))
  const cursor = end < page.handled.length ? { part: end, after } : { part: 0, after: page.key }
  const batch = { ...batchOf(stayed, cursor, { passedOver: outcomes.length - stayed.length }), limit }
  return isTooLong(batch) && limit > 1 ? nextUndone(searching, does, Math.ceil(limit / 4)) : batch
}

function batchOf(
  outcomes: readonly (readonly [Handled, Planned | Refused])[],
  cursor: RunState['cursor'],
  counts: Partial<BulkCounts>,
): Omit<Batch, 'limit'> {
  const planned = outcomes.flatMap(([was, will]) => (will instanceof Refused ? [] : [{ was, will }]))
  const refusals = outcomes.flatMap(([{ id, queue }, will]) =>
    will instanceof Refused ? [{ id, queue, why: will.why }] : [],
  )
  return {
    planned,
    refusals,
    cursor,
    counts: { ...none, ...counts, done: planned.length, refused: refusals.length },
    changes: planned.flatMap(({ will }) => will.changes),
  }
}
