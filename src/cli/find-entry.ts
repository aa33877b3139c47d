import type { Backend } from '../queue/backend.ts'
import type { Row } from '../queue/rows.ts'

/** An entry in the inbox of a workflow: what another program has put there, and has not entered. */
export interface FoundEntry {
  readonly workflow: string
  /** What the inbox is called, as a queue. */
  readonly queue: string
  readonly row: Row
}

/** The entry `id` of the inbox of `workflow`, or of the first that has one; undefined if it is in none. */
export async function findEntry(
  backend: Backend,
  id: string,
  workflow?: string,
): Promise<FoundEntry | undefined> {
  const counts = await backend.count()
  for (const { queue, role, workflow: owner } of counts) {
    if (role !== 'inbox' || (workflow !== undefined && workflow !== owner)) continue
    const row = await backend.get(queue, id)
    if (row) return { workflow: owner, queue, row }
  }
  return undefined
}
