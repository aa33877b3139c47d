import type { JourneyLine } from '../../../queue/journey.ts'
import { parseText } from '../../../queue/parse-text.ts'
import { withKept } from '../../../queue/rules/kept-values.ts'
import type { Json } from '../../../schema/json.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'

interface KeptCells {
  readonly hop: number
  readonly bytes: number
}

/** `lines` of a token, with what is remembered on the last line of each stay. */
export function withValues(
  db: Connection,
  token: number,
  lines: readonly JourneyLine[],
): readonly JourneyLine[] {
  const hops = [...new Set(lines.map(({ hop }) => hop))]
  const kept = new Map(
    prepared<[object], KeptCells>(
      db,
      `select hop, coalesce(octet_length(value), 0) as bytes from pw_values
         where token = @token and hop in (select value from json_each(@hops))`,
    )
      .all({ token, hops: JSON.stringify(hops) })
      .map(({ hop, bytes }) => [hop, bytes]),
  )
  return withKept(lines, {
    bytesOf: (hop) => kept.get(hop),
    read: (hop) => readValue(db, token, hop),
  })
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
