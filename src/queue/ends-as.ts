import type { HistoryEvent, TokenOutcome } from './journey.ts'

/** How a token ends that leaves its last queue by `event`, whatever it was before; undefined if that decides nothing. */
export function endsAs(event: HistoryEvent): TokenOutcome | undefined {
  return event === 'cancelled' || event === 'discarded' ? event : undefined
}
