import type { Failure } from '../schema/failure.ts'
import { isDeeper, type Json } from '../schema/json.ts'
import { andThen, type MaybePromise, type Schema } from '../schema/schema.ts'
import type { Change, Fence } from './change.ts'
import { InvalidError } from './errors.ts'
import type { Token } from './token.ts'

/** Works out, without reading any queue, what putting `value` on its way as `token` changes. */
export type Plan<in T> = (token: Token, value: T) => MaybePromise<readonly Change[]>

/** Works out where a token goes that has failed for good. */
export type FailurePlan = (token: Token, failure: Failure) => MaybePromise<readonly Change[]>

/** Values may be at most this many bytes long as JSON text; files go by path and hash. */
export const maxValueBytes = 1_000_000

/** Objects and arrays may stand in each other this deep: SQLite reads 1,000 levels, and stacks are not endless. */
export const maxValueDepth = 500

const idPattern = /^[^\p{Cc}\p{Cs}]{1,255}$/u

/** Throws an `InvalidError` unless `id` is 1 to 255 characters long, none of them a control character. */
export function checkId(id: string, queue: string): void {
  if (typeof id === 'string' && idPattern.test(id)) return
  throw new InvalidError(
    `Queue "${queue}" refused an id: an id is 1 to 255 characters long and has no control characters.`,
    { queue },
  )
}

/** The plan that pushes into `queue` what `schema` accepts, and refuses the rest with an `InvalidError`. */
export function planPush<T>(queue: string, schema: Schema<T>): Plan<T> {
  return (token, value) =>
    andThen(accept(queue, schema, { id: token.id, value }), (accepted) => [
      { kind: 'push', queue, token, value: accepted },
    ])
}

/** What `schema` makes of the value of a token; `InvalidError` if it refuses it, or if that is too long to be stored. */
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
    checkSize(queue, id, result.value)
    return result.value
  })
}

function checkSize(queue: string, id: string, value: Json): void {
  // One UTF-16 unit becomes 6 bytes of JSON at most (an escape), so most values need no exact count.
  if (units(value, maxValueBytes / 6, maxValueDepth) >= 0) return
  if (isDeeper(value, maxValueDepth)) {
    const sentence = `Queue "${queue}" refused the value of token "${id}": it is nested more than ${maxValueDepth} levels deep.`
    throw new InvalidError(sentence, { queue, id })
  }
  const bytes = Buffer.byteLength(JSON.stringify(value))
  if (bytes <= maxValueBytes) return
  throw new InvalidError(
    `Queue "${queue}" refused the value of token "${id}": it is ${bytes} bytes long as JSON, and ${maxValueBytes} ` +
      'are allowed; keep what is large in a file and put its path and hash into the value.',
    { queue, id },
  )
}

/** What is left of `budget` after `value`, or a negative number as soon as it or `levels` is spent. */
function units(value: Json, budget: number, levels: number): number {
  if (typeof value === 'string') return budget - value.length - 2
  if (typeof value !== 'object' || value === null) return budget - 25
  if (levels === 0) return -1
  let left = budget - 2
  for (const key in value) {
    left = units((value as Record<string, Json>)[key], left - key.length - 4, levels - 1)
    if (left < 0) return left
  }
  return left
}

/** The right that a lease gives, as what a commit checks. */
export function fenceOf(queue: string, row: { id: string; hop: number; lease: number }): Fence {
  return { queue, id: row.id, hop: row.hop, lease: row.lease }
}

/** `token` at its next stay, written by `deploy`. */
export function nextStay(token: Token, deploy: number): Token {
  const { id, hop, frames, priority, parent } = token
  return { id, hop: hop + 1, frames, priority, parent, deploy }
}
