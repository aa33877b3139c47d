import type { Declaration } from './declaration.ts'
import { InvalidError } from './errors.ts'

const halfOfPair = /\p{Cs}/u

/**
 * Throws an `InvalidError` if a name in `declaration` is no text: one with half a surrogate pair does not come back from a
 * database as it was, so that what is listed under it could not be asked for.
 */
export function checkNames({ workflow, queues }: Declaration): void {
  const names = [workflow, ...queues.flatMap(({ name, tags = [], was = [] }) => [name, ...tags, ...was])]
  const odd = names.find((name) => halfOfPair.test(name))
  if (odd !== undefined)
    throw new InvalidError(
      `${JSON.stringify(odd)} cannot be a name: it has half of a surrogate pair, which is no text.`,
    )
}
