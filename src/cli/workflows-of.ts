import type { Backend } from '../queue/backend.ts'
import { isBeside } from '../run/bulk/bulk-place.ts'

/** The names of the workflows that have queues in `backend`, but for those that stand beside another, as `books.bulk` does. */
export async function workflowsOf(backend: Backend): Promise<readonly string[]> {
  const counts = await backend.count()
  return [...new Set(counts.map(({ workflow }) => workflow))].filter((name) => !isBeside(name))
}
