import type { Runnable } from '../pipeline/worker.ts'
import type { Desk } from '../run/desk/desk.ts'

/** What is run of a workflow in one process. */
export interface Found {
  readonly runnables: readonly Runnable[]
  /** The desks, by their queues. */
  readonly desks: ReadonlyMap<string, Desk>
}

/** The workers and desks among `artifacts`, however deep; other artifacts of a user's own stages are ignored. */
export function findArtifacts(artifacts: unknown): Found {
  const runnables: Runnable[] = []
  const desks = new Map<string, Desk>()
  visit(artifacts)
  return { runnables, desks }

  function visit(artifact: unknown): void {
    if (typeof artifact === 'function') runnables.push(artifact as Runnable)
    else if (isDesk(artifact)) desks.set(artifact.queue, artifact)
    else if (isTree(artifact)) for (const branch of Object.values(artifact)) visit(branch)
  }
}

function isDesk(artifact: unknown): artifact is Desk {
  return typeof artifact === 'object' && artifact !== null && 'kind' in artifact && artifact.kind === 'desk'
}

function isTree(artifact: unknown): artifact is object {
  if (typeof artifact !== 'object' || artifact === null) return false
  return Array.isArray(artifact) || Object.getPrototypeOf(artifact) === Object.prototype
}
