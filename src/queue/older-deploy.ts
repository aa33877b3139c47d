import type { Declaration, Deploy } from './declaration.ts'
import { ConflictError } from './errors.ts'
import { utc } from './utc.ts'

/** What a backend has of a workflow before a declaration. */
export interface BeforeDeclaring {
  readonly deploys: readonly Deploy[]
  /** The names of its queues, without those that a newer version has left out. */
  readonly queues: readonly string[]
  /** Of queues that were split, the names of all that share what is pushed into them; not known to commands that only look. */
  readonly shares?: ReadonlyMap<string, readonly string[]> | undefined
}

/**
 * Whether a version that has been declared before is declared again after a newer one, and finds all its queues. It then
 * changes nothing: the newer declaration stays, unless a rollback is requested.
 */
export function isOlder(declaration: Declaration, { deploys, queues }: BeforeDeclaring): boolean {
  const newer = newerThan(declaration, deploys)
  return newer !== undefined && declaration.queues.every(({ name }) => queues.includes(name))
}

/**
 * Throws a `ConflictError` for a version that has been declared before, is older than the newest, and would make a
 * queue anew that a newer one has renamed or left out, or work on one alone that it has split: only this version would
 * work on what comes there, and nothing on the rest.
 */
export function refuseOlder(
  declaration: Declaration,
  { deploys, queues, shares = new Map() }: BeforeDeclaring,
): void {
  const { workflow, queues: specs } = declaration
  const newer = newerThan(declaration, deploys)
  if (!newer) return
  const isOwn = (name: string) => specs.some((spec) => spec.name === name)
  // Also where its own `was` names what is there: to take that over would undo what the newer one has made.
  const anew = specs.find(({ name }) => !queues.includes(name))
  const split = specs.find(({ name }) => !(shares.get(name) ?? []).every(isOwn))
  const queue = (anew ?? split)?.name
  if (queue === undefined) return
  const { own, newest } = newer
  const version = `This version of workflow "${workflow}" (deploy ${own.deploy}) is older than deploy ${newest.deploy}`
  const since = utc(newest.declaredAt)
  const what = anew
    ? `would make queue "${queue}" again, which a newer one has renamed or left out`
    : `has all of queue "${queue}", which a newer one has split`
  throw new ConflictError(
    `${version} of ${since}, and ${what}; ` +
      'start the newest version, or, when all newer ones have ended, ask for a rollback (`rollback: true`, or ' +
      '`--rollback` on the command line). Nothing was changed.',
    { queue },
  )
}

/** The deploy of a version that has been declared before, and the newest if that is another; not for a rollback. */
function newerThan(
  { fingerprint, rollback = false }: Declaration,
  deploys: readonly Deploy[],
): { readonly own: Deploy; readonly newest: Deploy } | undefined {
  const own = deploys.find((deploy) => deploy.fingerprint === fingerprint)
  const newest = deploys.reduce<Deploy | undefined>((a, b) => (a && a.deploy > b.deploy ? a : b), undefined)
  if (rollback || !own || !newest || newest.deploy === own.deploy) return undefined
  return { own, newest }
}
