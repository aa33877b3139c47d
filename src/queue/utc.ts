/** The time `ms`, in milliseconds since 1970, as ISO 8601 in UTC; as a number where no calendar has it. */
export function utc(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString()
}
