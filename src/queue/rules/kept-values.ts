import type { JourneyLine } from '../journey.ts'

/** How long the values of one journey are together at most, in bytes: more than one value can be. */
const mostBytes = 5_000_000

/** What is kept of the stays of a token, by their hops. */
interface Kept {
  /** How long the value of a stay is, as JSON in bytes; undefined if nothing is kept of it. */
  readonly bytesOf: (hop: number) => number | undefined
  readonly read: (hop: number) => Pick<JourneyLine, 'value' | 'frames'> | undefined
}

/** `lines` of a token, oldest first, with what is kept on the last line of each stay: the values of the newest ones. */
export function withKept(lines: readonly JourneyLine[], { bytesOf, read }: Kept): readonly JourneyLine[] {
  const last = new Map(lines.map(({ hop }, i) => [hop, i]))
  let bytes = 0
  return lines
    .map((line, i) => [line, last.get(line.hop) === i ? bytesOf(line.hop) : undefined] as const)
    .toReversed()
    .map(([line, valueBytes]) => {
      if (valueBytes === undefined) return line
      bytes += valueBytes
      return { ...line, valueBytes, ...(bytes <= mostBytes && read(line.hop)) }
    })
    .toReversed()
}
