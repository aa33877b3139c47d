import type { Filter } from '../../../queue/filter.ts'
import type { Position } from '../../../queue/position.ts'
import type { Scanned } from '../../../queue/rules/scanned.ts'
import { findIn } from '../../../queue/value-path.ts'
import type { Session } from '../server/database.ts'
import { fewTokens, type Place } from './few.ts'
import { unreadPart } from './filter-sql.ts'
import { fitsUnread } from './fits-unread.ts'
import { type Looked, lookSql } from './look-sql.ts'
import { type Segment, segmentsOf } from './segments.ts'
import type { Wanted } from './wanted.ts'

const sizes = { first: 256, last: 10_000 }

/** Looks for messages in a queue: through those that an index names, if they are few, else through all in their order. */
export async function scan(session: Session, place: Place, wanted: Wanted): Promise<Scanned> {
  const tokens = await fewTokens(session, place, wanted.only)
  const found: Position[] = []
  for (const segment of segmentsOf(wanted)) {
    const count = wanted.count - found.length
    const looked = await look(session, { place, wanted: { ...wanted, count }, segment, tokens })
    found.push(...looked.found)
    if (looked.stopped || found.length >= wanted.count) return { found, stopped: looked.stopped }
  }
  return { found, stopped: undefined }
}

interface Looking {
  readonly place: Place
  readonly wanted: Wanted
  readonly segment: Segment
  readonly tokens: readonly number[] | undefined
}

async function look({ rows }: Session, { place, wanted, segment, tokens }: Looking): Promise<Scanned> {
  const { only, count, budget, seeTag } = wanted
  const unread = unreadPart(only)
  const found: Position[] = []
  let after = segment.start
  let size = Math.min(isPlain(only) ? count : Math.max(count, sizes.first), sizes.last)
  for (let looked = 0; ; ) {
    const most = Math.min(size, budget - looked)
    const { sql, values } = lookSql({ place, wanted, segment, tokens, after, size: most })
    const page = await rows<Looked>(sql, ...values)
    const last = page.at(-1)
    if (!last) return { found, stopped: undefined }
    for (const row of page) {
      const value = row.fits ? fitsUnread(unread, row) : undefined
      if (!value) continue
      found.push(segment.positionOf(row))
      seeTag?.(findIn(value(), ['tag']))
      if (found.length >= count) return { found, stopped: undefined }
    }
    looked += last.place
    if (last.place === last.total && last.total < most) return { found, stopped: undefined }
    after = segment.positionOf(last)
    if (looked >= budget) return { found, stopped: after }
    size = Math.min(size * 4, sizes.last)
  }
}

function isPlain(only: Filter): boolean {
  return Object.entries(only).every(([key, value]) => key === 'status' || value === undefined)
}
