import type { HistoryEvent } from '../../../queue/journey.ts'

/** Every event, at the number that stands for it in pw_history: append only. `paused` and `resumed` are of queues, not of tokens. */
const historyEvents = [
  'entered',
  'moved',
  'failed',
  'decided',
  'discarded',
  'popped',
  'postponed',
  'released',
  'buried',
  'expired',
  'cancelled',
  'replaced',
  'revived',
  'claimed',
  'paused',
  'resumed',
  'late',
  'waiting',
  'resolved',
  'edited',
  'rerun',
  'undone',
  'commented',
  'noted',
] as const satisfies readonly HistoryEvent[]

/** The SQL for the rows of pw_events: adds those that a file does not have. */
export const addEvents = `insert or ignore into pw_events (ref, name) values ${historyEvents.map((event, ref) => `(${ref}, '${event}')`).join(', ')}`

/** The event of a line of the history. */
export type Event = (typeof historyEvents)[number]

/** The numbers of the events. */
export const eventNumbers = Object.fromEntries(historyEvents.map((event, number) => [event, number])) as {
  readonly [Each in Event]: number
}
