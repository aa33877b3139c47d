/** Matches a text of 1 to `maxLength` characters, none of them a control character; half a surrogate pair is no text. */
export function textPattern(maxLength: number): RegExp {
  return new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${maxLength}}$`, 'u')
}

/** What `textPattern` matches, in words. */
export function aText(maxLength: number): string {
  return `1 to ${maxLength} characters, none of them a control character or half of a surrogate pair`
}

/** The first 100 characters of what was given instead, in quotes: for an error. */
export function excerpt(given: unknown): string {
  return JSON.stringify(String(given).slice(0, 100))
}
