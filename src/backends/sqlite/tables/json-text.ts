/** What a column of JSON text has for a value: null for none. */
export function jsonText(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}
