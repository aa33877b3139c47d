import type { JourneyLine } from '../../../queue/journey.ts'
import type { Json } from '../../../schema/json.ts'
import type { Connection } from '../file/connection.ts'
import { parseText } from '../tables/parse-text.ts'
import { prepared } from '../tables/prepared.ts'

interface KeptCells {
  readonly hop: number
  readonly bytes: number
}

/** How long the values of one journey are together at most, in bytes. */
const mostBytes = 5_000_000

/** `lines` of a token, with what is remembered on the last line of each stay. */
export function withValues(
  db: Connection,
  token: number,
  lines: readonly JourneyLine[],
): readonly JourneyLine[] {
  const last = new Map(lines.map(({ hop }, i) => [hop, i]))
  const kept = new Map(
    prepared<[object], KeptCells>(
      db,
      `select hop, coalesce(octet_length(value), 0) as bytes from pw_values
         where token = @token and hop in (select value from json_each(@hops))`,
    )
      .all({ token, hops: JSON.stringify([...last.keys()]) })
      .map(({ hop, bytes }) => [hop, bytes]),
  )
  let bytes = 0
  return lines
    .map((line, i) => [line, last.get(line.hop) === i ? kept.get(line.hop) : undefined] as const)
    .toReversed()
    .map(([line, valueBytes]) => {
      if (valueBytes === undefined) return line
      bytes += valueBytes
      return { ...line, valueBytes, ...(bytes <= mostBytes && readValue(db, token, line.hop)) }
    })
    .toReversed()
}

function readValue(
  db: Connection,
  token: number,
  hop: number,
): Pick<JourneyLine, 'value' | 'frames'> | undefined {
  const cells = prepared<[number, number], { value: string | null; frames: string | null }>(
    db,
    'select value, frames from pw_values where token = ? and hop = ?',
  ).get(token, hop)
  return cells && { value: parseText<Json>(cells.value), frames: parseText<Json[]>(cells.frames) ?? [] }
}
