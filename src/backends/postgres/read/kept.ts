import type { JourneyLine } from '../../../queue/journey.ts'
import { parseText } from '../../../queue/parse-text.ts'
import { withKept } from '../../../queue/rules/kept-values.ts'
import type { Json } from '../../../schema/json.ts'
import type { Session } from '../server/database.ts'

interface Cells {
  readonly hop: number
  readonly value: string | null
  readonly frames: string | null
}

/** `lines` of a token, with what is remembered on the last line of each stay. */
export async function withValues(
  { rows }: Session,
  token: number,
  lines: readonly JourneyLine[],
): Promise<readonly JourneyLine[]> {
  const sizes = await rows<{ hop: number; bytes: number }>(
    `select hop, coalesce(octet_length(value), 0) as bytes from pw_values where token = $1 and hop = any($2::integer[])`,
    token,
    [...new Set(lines.map(({ hop }) => hop))],
  )
  const bytes = new Map(sizes.map((each) => [each.hop, each.bytes]))
  const bytesOf = (hop: number) => bytes.get(hop)
  // First which of them are to be read: a journey may have more than can be kept here.
  const hops: number[] = []
  withKept(lines, { bytesOf, read: (hop) => void hops.push(hop) as undefined })
  if (hops.length === 0) return withKept(lines, { bytesOf, read: () => undefined })
  const found = await rows<Cells>(
    'select hop, value, frames from pw_values where token = $1 and hop = any($2::integer[])',
    token,
    hops,
  )
  const kept = new Map(found.map((each) => [each.hop, each]))
  return withKept(lines, {
    bytesOf,
    read: (hop) => {
      const { value, frames } = kept.get(hop)!
      return { value: parseText<Json>(value), frames: parseText<Json[]>(frames) ?? [] }
    },
  })
}
