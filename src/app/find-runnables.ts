import type { Runnable } from '../pipeline/worker.ts'
import { didYouMean } from '../schema/did-you-mean.ts'
import { UsageError } from './usage-error.ts'

/** The place of the loop that takes finished tokens off the output: no stage of a workflow may be called so. */
export const outputPlace = 'output'

/**
 * The workers among `artifacts`, however deep, by their places: `stamp`, `gate/0`; and the loop of the output, if there is one.
 * Throws a `UsageError` if a loop of a stage has the place of that.
 */
export function findRunnables(artifacts: unknown, output?: Runnable): ReadonlyMap<string, Runnable> {
  const found = new Map<string, Runnable>()
  visit(artifacts, '')
  if (!output) return found
  if (found.has(outputPlace))
    throw new UsageError(
      'A loop of the stage is called "output", and so is the one that `done` is for: call it otherwise.',
    )
  return found.set(outputPlace, output)

  function visit(artifact: unknown, place: string): void {
    if (typeof artifact === 'function') found.set(place || 'main', artifact as Runnable)
    // The artifact of a user's own stage may be anything, so its inside is not searched.
    else if (isTree(artifact)) {
      for (const [name, branch] of Object.entries(artifact)) visit(branch, place ? `${place}/${name}` : name)
    }
  }
}

/** Whether the worker `name` stands at `place` or below it. */
export function isAtPlace(name: string, place: string): boolean {
  return name === place || name.startsWith(`${place}/`)
}

/** Those of `all` that stand at one of `places` or below it. Throws a `UsageError` for a place where there is none. */
export function pickRunnables(
  all: ReadonlyMap<string, Runnable>,
  places: readonly string[],
): ReadonlyMap<string, Runnable> {
  const names = [...all.keys()]
  const unknown = places.find((place) => !names.some((name) => isAtPlace(name, place)))
  if (unknown !== undefined) {
    throw new UsageError(
      `There is no worker "${unknown}"; the workers are ${names.join(', ') || 'none'}.${didYouMean(unknown, names)}`,
    )
  }
  return new Map([...all].filter(([name]) => places.some((place) => isAtPlace(name, place))))
}

function isTree(artifact: unknown): artifact is object {
  if (typeof artifact !== 'object' || artifact === null) return false
  if ('kind' in artifact && artifact.kind === 'desk') return false
  return Array.isArray(artifact) || Object.getPrototypeOf(artifact) === Object.prototype
}
