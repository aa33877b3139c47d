/** Characters of a text in a piece; escaped they are up to six times as many. */
const pieceLength = 2 ** 16

/** `JSON.stringify(text)` in pieces, since a text of control characters becomes six times as large. */
export function* jsonPieces(text: string): Generator<string> {
  let quote = '"'
  for (let at = 0; at < text.length; ) {
    const end = pieceEnd(text, at + pieceLength)
    yield `${quote}${JSON.stringify(text.slice(at, end)).slice(1, -1)}`
    quote = ''
    at = end
  }
  yield `${quote}"`
}

/** Not between the two halves of a character: each would be escaped. */
function pieceEnd(text: string, end: number): number {
  return /[\ud800-\udbff]/.test(text.charAt(end - 1)) ? end - 1 : end
}
