/** How a message leaves its queue without a lease. */
export const takeEvents = [
  'cancelled',
  'decided',
  'late',
  'resolved',
  'edited',
  'moved',
  'rerun',
  'undone',
] as const

/** The events by which a token leaves a queue. */
export const leavingEvents = ['failed', 'discarded', 'popped', 'replaced', ...takeEvents] as const
