import type { Declaration, Deploy } from './backend.ts'
import { ConflictError } from './errors.ts'

/** What a backend has of a workflow before a declaration. */
export interface BeforeDeclaring {
  readonly deploys: readonly Deploy[]
  /** The names of its queues, without those that a newer version has left out. */
  readonly queues: readonly string[]
}

/**
 * Throws a `ConflictError` for a version that has been declared before, is older than the newest, and would make a
 * queue anew that a newer one has renamed or left out: only this version would work on what comes there.
 */
export function refuseOlder(declaration: Declaration, { deploys, queues }: BeforeDeclaring): void {
  const { workflow, fingerprint, rollback = false } = declaration
  const own = deploys.find((deploy) => deploy.fingerprint === fingerprint)
  const newest = deploys.reduce<Deploy | undefined>((a, b) => (a && a.deploy > b.deploy ? a : b), undefined)
  if (rollback || !own || !newest || newest.deploy === own.deploy) return
  const isThere = (name: string) => queues.includes(name)
  const anew = declaration.queues.find(({ name, was = [] }) => !isThere(name) && !was.some(isThere))
  if (!anew) return
  const version = `This version of workflow "${workflow}" (deploy ${own.deploy}) is older than deploy ${newest.deploy}`
  const since = new Date(newest.declaredAt).toISOString()
  throw new ConflictError(
    `${version} of ${since}, and would make queue "${anew.name}" again, which a newer one has renamed or left out; ` +
      'start the newest version, or, when all newer ones have ended, ask for a rollback (`rollback: true`, or ' +
      '`--rollback` on the command line). Nothing was changed.',
    { queue: anew.name },
  )
}
