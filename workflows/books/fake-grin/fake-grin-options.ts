import type { FaultRule } from './faults/fault.ts'

/** A packet of OpenPGP has at most 4 GiB. */
const mostBytes = 4_000_000_000

/** Books that are made up as they are asked for. */
interface MadeBooks {
  readonly count: number
  /** Of each; 12 unless told, at least 3. */
  readonly pages?: number
  /** About how many bytes the archive of each has; at least, and unless told, about 6 KiB a page. */
  readonly bytes?: number
}

/** How a fake GRIN is. */
export interface FakeGrinOptions {
  /** Everything that looks like chance comes from it; `grin` unless told. */
  readonly seed?: string
  /** The name of the library in URLs, letters and digits, case-sensitive; `PRNC` unless told. */
  readonly directory?: string
  /** The port of 127.0.0.1; a free one unless told. */
  readonly port?: number
  readonly books?: {
    /** Whether the books of the sample are there; they are unless told. */
    readonly sample?: boolean
    /** None unless told. */
    readonly made?: MadeBooks
    /** How many books, from the first one, are converted at the start; none unless told. */
    readonly converted?: number
  }
  /** That of the made books; that of the sample unless told. */
  readonly passphrase?: string
  /** How long a conversion takes in milliseconds, or at least and at most; 7 to 14 days unless told. */
  readonly conversionMs?: number | readonly [number, number]
  /** How many books can be in process; 50,000 unless told. */
  readonly queueLimit?: number
  /** Whether an archive can be had from some byte on; it can unless told. */
  readonly hasRanges?: boolean
  /** Requests need a login, whose tokens are good for so long: an hour unless told. No login is needed unless this is. */
  readonly auth?: { readonly tokenMs?: number }
  readonly faults?: readonly FaultRule[]
  /** That of this machine, one that only `advance` moves, or one to follow; `real` unless told. */
  readonly clock?: 'real' | 'manual' | { now(): number }
}

/** Throws a `RangeError` for the name of a library, or for made books, that cannot be. */
export function refuseOdd(directory: string, { pages, bytes }: { pages: number; bytes: number }): void {
  if (!/^[A-Za-z0-9]+$/.test(directory))
    throw new RangeError(`The name of a library has letters and digits only, unlike "${directory}".`)
  if (!Number.isInteger(pages) || pages < 3 || pages > 9999)
    throw new RangeError(`A made book has from 3 to 9,999 pages, not ${pages}.`)
  if (!(bytes >= 0 && bytes <= mostBytes))
    throw new RangeError(`The archive of a made book has from 0 to ${mostBytes} bytes, not ${bytes}.`)
}
