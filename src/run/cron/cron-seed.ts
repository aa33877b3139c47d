import { keysOf, refuseUnread } from '../../schema/refuse-unread.ts'
import type { MaybePromise } from '../../schema/schema.ts'
import { type Slots, slotsOf } from './slots.ts'

/** A token that enters at certain times. */
export interface CronSeed<In> {
  /** When: five fields, or six with seconds first, as in `0 3 * * *` (https://croner.56k.guru/usage/pattern/). */
  readonly at: string
  /** The zone in which `at` is meant, of the IANA: `Europe/Berlin`. UTC by default, as processes may have different ones. */
  readonly timezone?: string
  /** What enters at `slot`, the time for which it enters. */
  readonly value: (slot: Date) => MaybePromise<In>
  /** The id of the token; by default the name of the seed and the slot: `nightly@2026-11-26T03:00Z`. */
  readonly id?: (slot: Date) => string
  /**
   * What becomes of slots at which no process ran, known by being more than a minute ago: only the latest of them enters (`last`, the
   * default), all enter, or none does.
   */
  readonly missed?: 'last' | 'all' | 'none'
}

const seedKeys = keysOf<CronSeed<any>>({ at: true, timezone: true, value: true, id: true, missed: true })
const ways = ['last', 'all', 'none']

/** The slots of the seed called `name`. Throws a sentence for one that cannot be kept to. */
export function slotsOfSeed(name: string, seed: CronSeed<any>): Slots {
  if (!/^[A-Za-z][\w-]{0,62}$/.test(name))
    throw new RangeError(
      `${JSON.stringify(name)} is no name of a cron seed: a letter, then up to 62 letters, digits, "_" or "-".`,
    )
  refuseUnread(`The cron seed "${name}" has`, seed, seedKeys)
  if (typeof seed.value !== 'function')
    throw new TypeError(`The cron seed "${name}" has no \`value\`: what enters at its times?`)
  if (seed.id !== undefined && typeof seed.id !== 'function')
    throw new TypeError(
      `The \`id\` of the cron seed "${name}" is no function, such as (slot) => slot.toISOString().`,
    )
  const { missed = 'last' } = seed
  if (!ways.includes(missed))
    throw new RangeError(`\`missed\` of the cron seed "${name}" is "${missed}"; it is last, all or none.`)
  return slotsOf(seed.at, seed.timezone)
}

/** The id under which a token enters at a slot unless the seed says another. */
export function idAt(name: string, slot: Date): string {
  const text = slot.toISOString()
  return `${name}@${text.endsWith(':00.000Z') ? `${text.slice(0, 16)}Z` : text}`
}
