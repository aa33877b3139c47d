import type { Failure } from '../schema/failure.ts'
import type { Json } from '../schema/json.ts'
import { andThen, type MaybePromise, type Schema } from '../schema/schema.ts'
import type { Change, Fence, Postpone, Push } from './change.ts'
import { checkValue } from './check-value.ts'
import { InvalidError } from './errors.ts'
import type { Token } from './token.ts'

/** Works out, without reading any queue, what putting `value` on its way as `token` changes. */
export interface Plan<in T> {
  (token: Token, value: T): MaybePromise<readonly Change[]>
  /** What it checks each value by, before anything else. */
  readonly schema?: Schema
}

/** Works out where a token goes that has failed for good. */
export type FailurePlan = (token: Token, failure: Failure) => MaybePromise<readonly Change[]>

/** What a message has that comes to a queue, beside its value. */
export interface Arriving {
  /** How it rests; by default not at all. */
  readonly arrival?: Pick<Push, 'wait' | 'delayMs'> | undefined
  readonly attributes?: AttributesOf | undefined
}

/**
 * The plan that pushes into `queue` what `schema` accepts, with the `attributes` that are made of it, and refuses the rest with an
 * `InvalidError`.
 */
export function planPush<T>(
  queue: string,
  schema: Schema<T>,
  { arrival, attributes }: Arriving = {},
): Plan<T> {
  const push = (token: Token, value: Json): readonly Change[] => [{ kind: 'push', queue, token, value }]
  const withMore = (token: Token, value: Json) =>
    andThen(attributes?.(value, token.id), (found): readonly Change[] => [
      { kind: 'push', queue, token, value, ...arrival, ...found },
    ])
  // Not spread where there is nothing to add: this runs at every hop.
  const then = arrival || attributes ? withMore : push
  const plan: Plan<T> = (token, value) =>
    andThen(accept(queue, schema, { id: token.id, value }), (accepted) => then(token, accepted))
  return Object.assign(plan, { schema })
}

/** What a stage works out of a message as it comes: its marks, its text, its key, and what it asks for and frees at gates. */
export type Attributes = Pick<Push, 'marks' | 'text' | 'key' | 'tolls' | 'frees'>

/** Makes the attributes of a message of what is stored in it. */
export type AttributesOf = (stored: unknown, id: string) => MaybePromise<Attributes>

/** What `schema` makes of the value of a token; `InvalidError` if it refuses it, or if that cannot be stored. */
export function accept(
  queue: string,
  schema: Schema,
  { id, value }: { readonly id: string; readonly value: unknown },
): MaybePromise<Json> {
  return andThen(schema['~standard'].validate(value), (result) => {
    if (result.issues)
      throw new InvalidError(`Queue "${queue}" refused the value of token "${id}"`, {
        queue,
        id,
        issues: result.issues,
      })
    checkValue(result.value, { queue, id })
    return result.value
  })
}

/** The right that a lease gives, as what a commit checks. */
export function fenceOf(queue: string, row: { id: string; hop: number; lease: number }): Fence {
  return { queue, id: row.id, hop: row.hop, lease: row.lease }
}

/** Gives back, uncharged and at once, the message that is leased under `fence`. */
export function release(fence: Fence): Postpone {
  return { kind: 'postpone', ...fence, delayMs: 0, charge: false }
}

/** `token` at its next stay, written by `deploy`. */
export function nextStay(token: Token, deploy: number): Token {
  const { id, hop, frames, priority, parent } = token
  return { id, hop: hop + 1, frames, priority, parent, deploy }
}
