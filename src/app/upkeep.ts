import type { QueueCount } from '../queue/queue-count.ts'
import type { Log } from '../run/log.ts'
import type { Summary } from '../run/report/summary.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import type { MaybePromise } from '../schema/schema.ts'

/** What is done now and then beside the workers. */
export interface Upkeep<Queues = any> {
  /** Milliseconds from one time to the next, from 100 to a day. What takes long itself is done less often. */
  readonly everyMs: number
  /** Does it; what it throws is logged, and the next time comes as if nothing had happened. */
  readonly run: (given: Queues & UpkeepGiven) => MaybePromise<void>
  /** Whether it is done once more when all processes have ended, or the file of an `up` has opened the app anew; `signal` aborts after ten seconds then. */
  readonly atEnd?: boolean | undefined
}

/** What an upkeep has beside the queues. */
export interface UpkeepGiven {
  /** How many messages wait in each queue of the app. */
  readonly counts: () => Promise<readonly QueueCount[]>
  /** Sets the limit of a gate, in place of what is declared, for all processes; the same again changes nothing. */
  readonly setLimit: (gate: string, limit: number, reason: string) => Promise<void>
  /** How the tokens of the last `days` days have done (1 to 90, 7 unless told), and how its queues are now; for `reportPage` too. */
  readonly report: (about?: { readonly days?: number | undefined }) => Promise<Summary>
  readonly log: Log
  /** Aborts when the process is to end. */
  readonly signal: AbortSignal
}

const upkeepKeys = keysOf<Upkeep>({ everyMs: true, run: true, atEnd: true })
const dayMs = 86_400_000

/** Throws a sentence unless `upkeep` is an object of upkeeps. */
export function checkUpkeep(upkeep: Readonly<Record<string, Upkeep>>): void {
  if (typeof upkeep !== 'object' || upkeep === null)
    throw new TypeError('its `upkeep` is no object, such as { tidy: { everyMs, run } }.')
  for (const [name, each] of Object.entries(upkeep)) {
    refuseUnread(`its upkeep "${name}" has`, each, upkeepKeys)
    const { everyMs, run, atEnd } = each
    if (typeof run !== 'function') throw new TypeError(`its upkeep "${name}" has no \`run\`: what is done?`)
    if (atEnd !== undefined && typeof atEnd !== 'boolean')
      throw new TypeError(`\`atEnd\` of its upkeep "${name}" is ${atEnd}; it is true or false.`)
    if (!(everyMs >= 100 && everyMs <= dayMs))
      throw new TypeError(
        `\`everyMs\` of its upkeep "${name}" is ${everyMs}; it is a number from 100 to ${dayMs}.`,
      )
  }
}
