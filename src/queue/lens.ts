import type { Failure } from '../schema/failure.ts'
import { andThen, type MaybePromise, type Schema } from '../schema/schema.ts'
import type { Change } from './change.ts'
import { InvalidError } from './errors.ts'
import type { Decided } from './person.ts'
import type { Leased } from './rows.ts'
import type { Token } from './token.ts'

/**
 * How a stage sees the messages of its queue. The stored value may be more than the work needs: a wrapped
 * stage stores whole states, picks its value out of the state when it is read, and folds the result into the
 * next state when it is there.
 */
export interface Lens<In, Out> {
  /** Of what is stored. */
  readonly schema: Schema
  /** The value that the work gets, made of what is stored. */
  readonly open: (stored: unknown, id: string) => MaybePromise<In>
  /** Where the token goes, as its next stay, with the result; `decided` says who, if a person did. */
  readonly answer: (
    next: Token,
    stored: unknown,
    result: Out,
    decided?: Decided,
  ) => MaybePromise<readonly Change[]>
  /** Where it goes if the work has failed for good; undefined if nowhere: then it is buried. */
  readonly fail?:
    | ((next: Token, stored: unknown, failure: Failure) => MaybePromise<readonly Change[]>)
    | undefined
  /** What becomes of it when its time in this queue is over; undefined if it has any time. */
  readonly late?: Lateness | undefined
}

/** How long a message may be in a queue, and where it goes then. */
export interface Lateness {
  /** Milliseconds from its arrival. */
  readonly afterMs: number
  readonly plan: (next: Token, stored: unknown) => MaybePromise<readonly Change[]>
}

/** A leased message and what the lens sees in it. */
export interface Opened<In> {
  readonly stored: unknown
  readonly value: In
}

/**
 * Validates what is stored and opens it. Throws an `InvalidError` (or rejects with it) if it does not fit its
 * schema any more, and what the lens's `open` throws.
 */
export function openRow<In>(lens: Lens<In, any>, queue: string, row: Leased): MaybePromise<Opened<In>> {
  return andThen(openStored(lens.schema, queue, row), (stored) =>
    andThen(lens.open(stored, row.id), (value) => ({ stored, value })),
  )
}

/** What is stored, as `schema` sees it today. Throws an `InvalidError` (or rejects with it) if it does not fit any more. */
export function openStored(
  schema: Schema,
  queue: string,
  { id, value }: { readonly id: string; readonly value: unknown },
): MaybePromise<unknown> {
  return andThen(schema['~standard'].validate(value), (result) => {
    if (result.issues)
      throw unfit(`What queue "${queue}" holds for token "${id}" does not fit its schema`, {
        queue,
        id,
        issues: result.issues,
      })
    return result.value
  })
}

/** Marks the `InvalidError`s that come from stored data, to distinguish them from errors that a handler throws. */
const unfitErrors = new WeakSet<object>()

/** Whether `error` says that stored data, or what `pre` makes of it, does not fit its schema: another attempt cannot help. */
export function isUnfit(error: unknown): boolean {
  return typeof error === 'object' && error !== null && unfitErrors.has(error)
}

/** The error that says so. */
export function unfit(message: string, details: ConstructorParameters<typeof InvalidError>[1]): InvalidError {
  const error = new InvalidError(message, details)
  unfitErrors.add(error)
  return error
}
