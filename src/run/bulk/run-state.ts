import type { Filter } from '../../queue/filter.ts'
import type { Status } from '../../queue/status.ts'
import type { Json } from '../../schema/json.ts'
import type { BulkAction, BulkCounts, Refusal } from './bulk.ts'

/** What a run does: to what matches, or to what another has done. */
export type RunAction = BulkAction | { readonly action: 'undo'; readonly of: string; readonly what: string }

/** The messages of one queue, in one status or in any. */
export interface Part {
  readonly queue: string
  readonly status: Status | null
}

/** The last batch that was committed, as long as its receipt has not been added to the counts. */
interface LastBatch {
  /** The place of its first change in the commit, and how many there are for a message. */
  readonly first: number
  readonly per: number
}

/** A run as it is stored: plain data. */
export interface RunState {
  readonly does: RunAction
  readonly filter: Filter
  readonly where: string
  readonly parts: readonly Part[]
  readonly force: boolean
  readonly rate: number | null
  readonly by: string
  readonly reason: string
  readonly startedAt: number
  /** What arrives from then on is not meant; null until a process has looked. */
  readonly watermark: number | null
  readonly total: number | null
  readonly exact: boolean
  /** The part that it is in, and the cursor in it. */
  readonly cursor: { readonly part: number; readonly after: string | null }
  /** How many batches have been committed. */
  readonly batches: number
  readonly last: LastBatch | null
  readonly counts: BulkCounts
  readonly refusals: readonly Refusal[]
}

/** How many refusals are kept. */
export const mostRefusals = 5

/** Nothing has been done yet. */
export const none: BulkCounts = { done: 0, refused: 0, held: 0, passedOver: 0 }

/** A run before anything has been done. */
export function newRun(
  asked: Pick<
    RunState,
    'does' | 'filter' | 'where' | 'parts' | 'force' | 'rate' | 'by' | 'reason' | 'startedAt'
  >,
): RunState {
  return {
    ...asked,
    ...{ watermark: null, total: null, exact: true, cursor: { part: 0, after: null } },
    ...{ batches: 0, last: null, counts: none, refusals: [] },
  }
}

/** A run as a value, and as a value is one. */
export const stateJson = (state: RunState) => state as unknown as Json
export const stateOf = (value: unknown) => value as RunState

/** The sums of both. */
export function addCounts(a: BulkCounts, b: BulkCounts): BulkCounts {
  return {
    done: a.done + b.done,
    refused: a.refused + b.refused,
    held: a.held + b.held,
    passedOver: a.passedOver + b.passedOver,
  }
}

/** How many messages are in the counts. */
export function sumOf({ done, refused, held, passedOver }: BulkCounts): number {
  return done + refused + held + passedOver
}
