import type { Readable } from 'node:stream'

const longestLine = 64_000

/** Calls `each` with every line of `stream`; what is longer than 64,000 characters comes in pieces. */
export function readLines(stream: Readable, each: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) each(line)
    for (; rest.length > longestLine; rest = rest.slice(longestLine)) each(rest.slice(0, longestLine))
  })
  stream.on('end', () => {
    if (rest !== '') each(rest)
  })
  stream.on('error', () => {})
}
