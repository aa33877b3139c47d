/** The conditions on suspects, to be put behind another one. */
export const isSuspect = { include: '', exclude: 'and not suspect', only: 'and suspect' } as const
