import type { Backend } from '../../queue/backend.ts'
import { loadMemory } from './load-backend.ts'

/** Empty queues that stand in for a database which is not to be opened. */
export async function makeStandIn(): Promise<Backend> {
  const { isPrivate: _, ...backend } = (await loadMemory()).memory()
  return backend
}
