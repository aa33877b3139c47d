import type { LeaseRequest } from '../../../queue/backend.ts'

export type Suspects = NonNullable<LeaseRequest['suspects']>

/** The conditions on suspects, to be put behind another one. */
export const isSuspect = { include: '', exclude: 'and not suspect', only: 'and suspect' } as const
