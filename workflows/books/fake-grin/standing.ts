/** The states of a book. `LOST` is one that is in no list, though its conversion was asked for. */
export const bookStates = [
  'NEW',
  'IN_PROCESS',
  'CONVERTED',
  'PREVIOUSLY_DOWNLOADED',
  'FAILED',
  'NOT_AVAILABLE',
  'LOST',
] as const
export type BookState = (typeof bookStates)[number]

/** Where a book stands. Times are in milliseconds since 1970. */
export interface Standing {
  readonly state: BookState
  /** From 0: how often it was scanned anew. */
  readonly edition: number
  readonly dueAt?: number
  readonly convertedAt?: number
  readonly downloadedAt?: number
  readonly failedAt?: number
}

/** What became of a request for conversion. */
export type Requested = 'queued' | 'in-process' | 'converted' | 'refused' | 'unknown'
