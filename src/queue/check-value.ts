import { isDeeper, type Json } from '../schema/json.ts'
import { InvalidError } from './errors.ts'
import { findUnsound, isPlainlyMade, isSound, sayUnsound } from './find-unsound.ts'
import { sayBriefly } from './say-fault.ts'

/** Values may be at most this many bytes long as JSON text; pass files by path and hash. */
export const maxValueBytes = 1_000_000

/** Values may be nested so deep: SQLite reads 1,000 levels, and the JSON around a value needs some. */
export const maxValueDepth = 500

/** Throws an `InvalidError` unless every backend gives `value` back as it is. */
export function checkValue(value: Json, at: { readonly queue: string; readonly id: string }): void {
  // One UTF-16 unit becomes 6 bytes of JSON at most (an escape), so most values need no exact count.
  if (units(value, maxValueBytes / 6, maxValueDepth) >= 0) return
  refuse(faultIn(value) ?? sizeFault(JSON.stringify(value) ?? ''), at)
}

/** `value` as JSON; undefined if it is. Throws an `InvalidError` if it is too long to be stored, or cannot be written as JSON. */
export function textOf(value: Json, at: { readonly queue: string; readonly id: string }): string | undefined {
  const text = stringify(value, at)
  // One UTF-16 unit becomes 3 bytes of UTF-8 at most.
  if (text !== undefined && text.length > maxValueBytes / 3) refuse(sizeFault(text), at)
  return text
}

function stringify(value: Json, at: { readonly queue: string; readonly id: string }): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    const what = `Queue "${at.queue}" refused the value of token "${at.id}"`
    throw new InvalidError(`${what}: it cannot be written as JSON (${sayBriefly(cause)}).`, { ...at, cause })
  }
}

function refuse(fault: string | undefined, at: { readonly queue: string; readonly id: string }): void {
  if (fault === undefined) return
  throw new InvalidError(`Queue "${at.queue}" refused the value of token "${at.id}": ${fault}.`, at)
}

function sizeFault(text: string): string | undefined {
  const bytes = Buffer.byteLength(text)
  if (bytes <= maxValueBytes) return undefined
  return (
    `it is ${bytes} bytes long as JSON, and ${maxValueBytes} are allowed; ` +
    'keep what is large in a file and put its path and hash into the value'
  )
}

/** What is left of `budget` after `value`; less than 0 as soon as it is spent, or where something needs a closer look. */
function units(value: Json, budget: number, depth: number): number {
  if (typeof value === 'string') return budget - value.length - 2
  if (typeof value !== 'object' || value === null) return isSound(value) ? budget - 25 : -1
  if (depth === 0 || !isPlainlyMade(value)) return -1
  return Array.isArray(value) ? unitsOfItems(value, budget, depth) : unitsOfFields(value, budget, depth)
}

function unitsOfFields(value: object, budget: number, depth: number): number {
  let left = budget - 2
  for (const key in value) {
    left = units((value as Record<string, Json>)[key], left - key.length - 4, depth - 1)
    if (left < 0) return left
  }
  return left
}

function unitsOfItems(items: readonly Json[], budget: number, depth: number): number {
  let left = budget - 2
  for (let i = 0; i < items.length; i++) {
    left = items[i] === undefined ? -1 : units(items[i], left - 1, depth - 1)
    if (left < 0) return left
  }
  return left
}

/** Why `value` would not come back as it is. */
function faultIn(value: Json): string | undefined {
  if (isDeeper(value, maxValueDepth)) return `it is nested more than ${maxValueDepth} levels deep`
  const unsound = findUnsound(value)
  return unsound && `${sayUnsound(unsound)} does not survive JSON`
}
