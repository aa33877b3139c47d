import { didYouMean } from './did-you-mean.ts'

/**
 * Throws a `TypeError` if `given` has a key that is not in `known`, or is no object: not every caller uses a compiler.
 * `where` begins the sentence: `A worker has`.
 */
export function refuseUnread(where: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`${where} ${String(given)}, which is no object.`)
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  if (unknown === undefined) return
  throw new TypeError(`${where} "${unknown}", which nothing reads.${didYouMean(unknown, known)}`)
}

/** The keys of `T`. A record, for the compiler to say when a key is added to `T` and not named here. */
export function keysOf<T>(keys: { readonly [K in keyof Required<T>]: true }): readonly string[] {
  return Object.keys(keys)
}
