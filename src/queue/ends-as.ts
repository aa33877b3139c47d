import type { HistoryEvent, TokenOutcome } from './journey.ts'

/** How a token ends that leaves its last queue by `event`; undefined if the event does not decide that. */
export function endsAs(event: HistoryEvent): TokenOutcome | undefined {
  return event === 'cancelled' || event === 'discarded' ? event : undefined
}
