import type { Desk } from '../run/desk/desk.ts'

/**
 * The desks among `artifacts`, however deep, by their names: what their queues are called within the workflow, such
 * as `review` or `gate/0`.
 */
export function findDesks(workflow: string, artifacts: unknown): ReadonlyMap<string, Desk> {
  const found = new Map<string, Desk>()
  const seen = new Set<object>()
  visit(artifacts)
  return found

  function visit(artifact: unknown): void {
    if (!isTree(artifact) || seen.has(artifact)) return
    seen.add(artifact)
    if (isDesk(artifact)) found.set(nameOf(workflow, artifact.queue), artifact)
    else for (const branch of Object.values(artifact)) visit(branch)
  }
}

function nameOf(workflow: string, queue: string): string {
  return queue.startsWith(`${workflow}/`) ? queue.slice(workflow.length + 1) : queue
}

/** Records and tuples; the artifact of a user's own stage may be anything, and its inside is not searched. */
function isTree(artifact: unknown): artifact is object {
  if (typeof artifact !== 'object' || artifact === null) return false
  return Array.isArray(artifact) || Object.getPrototypeOf(artifact) === Object.prototype
}

function isDesk(artifact: object): artifact is Desk {
  return 'kind' in artifact && artifact.kind === 'desk'
}
