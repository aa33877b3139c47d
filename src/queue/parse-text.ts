/**
 * The value of a column of JSON text; undefined for null, and for text that is not JSON: that can only come from an edit by
 * hand, and must not break the reading of other rows.
 */
export function parseText<T>(text: string | null): T | undefined {
  if (text === null) return undefined
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}
