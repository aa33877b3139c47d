/** A text that a document may have as it is: no text of Postgres has a NUL, or half a surrogate pair. */
export function cleanText(text: string | undefined): string | undefined {
  return text?.replaceAll(/[\0\p{Cs}]/gu, '\ufffd')
}
