import type { Journey } from '../../queue/journey.ts'
import { utc } from '../../queue/utc.ts'
import { sayOwner } from './say-owner.ts'

/** Where a token is, in words: `is in letters/look, leased by ann`, `finished 2030-01-01 12:00:00.000Z; has left`. */
export function whereIs({ queue, row, finishedAt, outcome }: Journey): string {
  const how = outcome === undefined || outcome === 'done' ? 'finished' : outcome
  const finished = finishedAt === undefined ? [] : [`${how} ${sayTime(finishedAt)}`]
  const holder = row?.status === 'leased' && row.owner ? ` by ${sayOwner(row.owner)}` : ''
  const place = queue === undefined ? 'has left' : `is in ${queue}${row ? `, ${row.status}${holder}` : ''}`
  return [...finished, place].join('; ')
}

/** A time in milliseconds since 1970 for people, in UTC. */
export function sayTime(ms: number): string {
  return utc(ms).replace('T', ' ')
}
