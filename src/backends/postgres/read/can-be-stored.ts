const neverStored = /\p{Cs}|\0/u

/**
 * Whether a text may be in the database: none there has a NUL or half a surrogate pair. What is sent of such a text is another one,
 * which might be found.
 */
export function canBeStored(text: string): boolean {
  return !neverStored.test(text)
}
