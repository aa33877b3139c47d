import { gate } from 'pipewright'
import type * as z from 'zod'
import { grinGateName } from '../grin/troubles.ts'
import type { ConvertedFields } from '../states/converted.ts'

/** Every request to GRIN, whichever stage of whichever process makes it. Its other clients make five a second. */
export const grin = gate(grinGateName, { rate: { units: 4, perMs: 1000, burst: 1 } })

/** As many as GRIN converts at once for a library. A book holds its place until it is downloaded, or leaves. */
export const conversions = gate('conversions', { limit: 50_000 })

/** The room for books that are worked on, in bytes: as much as a terabyte until it is measured, or set. */
const disk = gate('disk', { limit: 2 ** 40 })

/** What a book takes at most while it is worked on, as a multiple of its archive: that, decrypted, unpacked. */
const timesItsArchive = 3.1

/** A book asks for its room before it is downloaded, and has it until it leaves. */
export const diskFor = {
  gate: disk,
  units: ({ offered }: z.infer<typeof ConvertedFields>) =>
    Math.max(1, Math.ceil((offered?.bytes ?? 0) * timesItsArchive)),
  until: 'leave',
} as const

/** After ten failures in a row a stage that asks GRIN rests for ten minutes, then tries one book at a time. */
export const breaker = { failures: 10, forMs: 10 * 60_000 }
