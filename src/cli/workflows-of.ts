import type { Backend } from '../queue/backend.ts'

/** The names of the workflows that have queues in `backend`. */
export async function workflowsOf(backend: Backend): Promise<readonly string[]> {
  const counts = await backend.count()
  return [...new Set(counts.map(({ workflow }) => workflow))]
}
