/** More than any line of GRIN has, in characters; a body without line ends is not gathered beyond it. */
const longestLine = 65_536

/** The lines of a body as they come, without their ends and without empty ones; `tooLong` is called for one that is no line. */
export async function* linesOf(
  body: AsyncIterable<Uint8Array>,
  tooLong: (beginning: string) => never,
): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    if (rest.length > longestLine) tooLong(rest)
    for (const line of lines) if (line.trim() !== '') yield line.endsWith('\r') ? line.slice(0, -1) : line
  }
  rest += decoder.decode()
  if (rest.trim() !== '') yield rest.trimEnd()
}
