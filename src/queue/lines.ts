import type { HistoryEvent, JourneyLine } from './journey.ts'

/**
 * Which lines of the history: those that match every field. Lines are found by their times as clocks told them; of a time at
 * which a clock was wrong by more than an hour, some may not be found.
 */
export interface LinesRequest {
  /** Only what this person, or process, is said to have done. */
  readonly actor?: string | undefined
  /** Only lines that say who did it: what people do, and none of what workers do. */
  readonly people?: true | undefined
  /** What happened, or what of several. */
  readonly event?: HistoryEvent | readonly HistoryEvent[] | undefined
  /** The queue that the token was in, or that the line is about. */
  readonly queue?: string | undefined
  /** Not earlier than this, in milliseconds since 1970. */
  readonly from?: number | undefined
  /** Earlier than this. */
  readonly to?: number | undefined
  /** A cursor that a page has given, or the number of a line as text: so a caller who has seen all lines asks for those that come. */
  readonly after?: string | undefined
  /** 1 to 1,000, by default 100. */
  readonly limit?: number | undefined
  /** By default the oldest first. */
  readonly order?: 'oldest' | 'newest' | undefined
}

/** A line of the history, and what it is about: a token, a queue alone, or neither. */
export interface HistoryLine extends Omit<JourneyLine, 'queue' | 'hop' | 'event'> {
  /** Numbers the lines in the order in which they were written. */
  readonly line: number
  readonly workflow?: string | undefined
  readonly id?: string | undefined
  readonly hop?: number | undefined
  readonly queue?: string | undefined
  readonly event: HistoryEvent
}

/**
 * A page of lines. It may be short, or empty, though there are more: as long as there is a `next`, there may be. At most
 * 100,000 lines are looked at for one page.
 */
export interface LinePage {
  readonly lines: readonly HistoryLine[]
  readonly next?: string | undefined
}
