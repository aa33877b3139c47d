import type { Backend } from '../queue/backend.ts'
import type { Everywhere } from '../queue/tally.ts'

/** The names of the marks that messages have. */
export async function knownMarks(backend: Backend, of: string | Everywhere): Promise<readonly string[]> {
  const place = typeof of === 'string' ? { queue: of } : of
  const { tallies } = await backend.tally({ ...place, by: 'mark', limit: 1000 })
  return tallies.map(({ value }) => String(value))
}
