import type { Archives } from '../archives.ts'
import type { Listing } from '../lists/list-rows.ts'
import type { Counters } from '../requests/counters.ts'
import type { Logins } from '../requests/logins.ts'
import type { Outage } from '../requests/outage.ts'

/** What the routes of a library share. */
export interface Library extends Listing {
  readonly directory: string
  readonly archives: Archives
  readonly counters: Counters
  /** Undefined where no login is needed. */
  readonly logins: Logins | undefined
  readonly outage: Outage
  /** Whether archives can be had from some byte on. */
  readonly hasRanges: boolean
}
