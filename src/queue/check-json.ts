import { isDeeper, type Json } from '../schema/json.ts'
import { maxValueDepth } from './check-value.ts'
import { findUnsound, sayUnsound } from './find-unsound.ts'

/**
 * `value` as JSON text of at most `maxBytes` bytes; undefined for none. `refused` makes the error that says what is wrong with a
 * value that no backend would give back as it is.
 */
export function jsonText(
  value: Json | undefined,
  maxBytes: number,
  refused: (fault: string) => Error,
): string | undefined {
  if (value === undefined) return undefined
  if (isDeeper(value, maxValueDepth)) throw refused(`is nested more than ${maxValueDepth} levels deep`)
  const unsound = findUnsound(value)
  if (unsound) throw refused(`holds ${sayUnsound(unsound)}, which does not survive JSON`)
  const text = JSON.stringify(value)
  const bytes = Buffer.byteLength(text)
  if (bytes > maxBytes) throw refused(`is ${bytes} bytes long as JSON, and ${maxBytes} are allowed`)
  return text
}
