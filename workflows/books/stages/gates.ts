import { gate } from 'pipewright'
import type * as z from 'zod'
import { grinGateName } from '../grin/troubles.ts'
import type { ConvertedFields } from '../states/converted.ts'

/**
 * Every request to GRIN, whichever stage of whichever process makes it: four a second, where its other clients make five. After ten failures
 * in a row none is made for ten minutes, then one at a time.
 */
export const grin = gate(grinGateName, {
  rate: { units: 4, perMs: 1000, burst: 1 },
  breaker: { failures: 10, forMs: 10 * 60_000 },
})

/** As many as GRIN converts at once for a library. A book holds its place until it is downloaded, or leaves. */
export const conversions = gate('conversions', { limit: 50_000 })

/** The gate of the room for books, which closes while a disk takes no more. */
export const diskGateName = 'disk'

/** The room for books that are worked on, in bytes: as much as a terabyte until it is measured, or set. */
const disk = gate(diskGateName, { limit: 2 ** 40 })

/** What a book takes at most while it is worked on, as a multiple of its archive: that, decrypted, unpacked. */
const timesItsArchive = 3.1

/** A book asks for its room before it is downloaded, and has it until it leaves. */
export const diskFor = {
  gate: disk,
  units: ({ offered }: z.infer<typeof ConvertedFields>) =>
    Math.max(1, Math.ceil((offered?.bytes ?? 0) * timesItsArchive)),
  until: 'leave',
} as const
