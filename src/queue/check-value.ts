import { isDeeper, type Json } from '../schema/json.ts'
import { InvalidError } from './errors.ts'

/** Values may be at most this many bytes long as JSON text; files go by path and hash. */
export const maxValueBytes = 1_000_000

/** Values may be nested so deep: SQLite reads 1,000 levels, and what is stored around a value needs some. */
export const maxValueDepth = 500

/** Throws an `InvalidError` unless every backend gives `value` back as it is. */
export function checkValue(value: Json, at: { readonly queue: string; readonly id: string }): void {
  // One UTF-16 unit becomes 6 bytes of JSON at most (an escape), so most values need no exact count.
  if (units(value, maxValueBytes / 6, maxValueDepth) >= 0) return
  refuse(faultIn(value) ?? sizeFault(JSON.stringify(value) ?? ''), at)
}

/** Throws an `InvalidError` if `text`, a value as JSON, is too long to be stored. */
export function checkText(text: string, at: { readonly queue: string; readonly id: string }): void {
  // One UTF-16 unit becomes 3 bytes of UTF-8 at most.
  if (text.length > maxValueBytes / 3) refuse(sizeFault(text), at)
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
  if (depth === 0) return -1
  let left = budget - 2
  for (const key in value) {
    left = units((value as Record<string, Json>)[key], left - key.length - 4, depth - 1)
    if (left < 0) return left
  }
  return left
}

function isSound(value: unknown): boolean {
  return typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'bigint'
}

/** Why `value` would not come back as it is. */
function faultIn(value: Json): string | undefined {
  if (isDeeper(value, maxValueDepth)) return `it is nested more than ${maxValueDepth} levels deep`
  const unsound = findUnsound(value)
  return unsound && `${String(unsound.value)} does not survive JSON`
}

function findUnsound(value: Json): { readonly value: unknown } | undefined {
  if (typeof value !== 'object' || value === null) return isSound(value) ? undefined : { value }
  for (const key in value) {
    const found = findUnsound((value as Record<string, Json>)[key])
    if (found) return found
  }
  return undefined
}
