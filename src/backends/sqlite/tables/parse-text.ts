/**
 * What a column of JSON text says; undefined for null, and for what is not JSON: only a hand that edits the file can
 * have put that there, and nobody who reads the rest of the page must suffer for it.
 */
export function parseText<T>(text: string | null): T | undefined {
  if (text === null) return undefined
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}
