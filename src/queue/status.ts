/** Every status of a message. */
export const statuses = ['ready', 'leased', 'delayed', 'dead', 'waiting'] as const

/** The status of a message. A lease or delay that has ended no longer counts in lists, filters and counts. */
export type Status = (typeof statuses)[number]
