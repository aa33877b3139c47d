/** The status of a message. A lease or delay that has ended no longer counts in lists, filters and counts. */
export type Status = 'ready' | 'leased' | 'delayed' | 'dead' | 'waiting'

/** All of them. */
export const statuses = ['ready', 'leased', 'delayed', 'dead', 'waiting'] as const satisfies readonly Status[]
