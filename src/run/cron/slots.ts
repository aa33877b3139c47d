import { Cron } from 'croner'

/** The times of a cron pattern, in milliseconds since 1970. */
export interface Slots {
  /** The first after a time; undefined if there is none any more. */
  readonly after: (ms: number) => number | undefined
  /** The last at a time or before; undefined if there was none. */
  readonly last: (ms: number) => number | undefined
}

/**
 * The times of `pattern` (https://croner.56k.guru/usage/pattern/) in `timezone` (of the IANA). A time that the clocks skip
 * in spring comes when they have been set; one of a fixed hour that they repeat in autumn comes once. Throws a `RangeError` for what is no
 * pattern, no time zone, or never comes.
 */
export function slotsOf(pattern: string, timezone = 'UTC'): Slots {
  const cron = made(pattern, timezone)
  return {
    after: (ms) => cron.nextRun(new Date(ms))?.getTime(),
    last: (ms) => cron.previousRuns(1, new Date(ms + 1))[0]?.getTime(),
  }
}

function made(pattern: string, timezone: string): Cron {
  const what = `The cron pattern ${JSON.stringify(pattern)} in time zone ${JSON.stringify(timezone)}`
  let first: Date | null
  try {
    const cron = new Cron(pattern, { timezone, paused: true })
    first = cron.nextRun()
    if (first) return cron
  } catch (cause) {
    throw new RangeError(
      `${what} is none: give five fields, or six with seconds first, such as "0 3 * * *", and a zone such as "Europe/Berlin".`,
      { cause },
    )
  }
  throw new RangeError(`${what} never comes again.`)
}
