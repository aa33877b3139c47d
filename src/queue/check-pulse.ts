import { InvalidError } from './errors.ts'
import { minuteMs } from './rules/metering.ts'

const usualMs = 5 * minuteMs

/** The time since which a pulse tells the meters. Throws an `InvalidError` if `after` is no cursor. */
export function pulseSince(after: string | undefined, now: number): number {
  if (after === undefined) return now - usualMs
  if (/^\d{1,15}$/.test(after)) return Number(after)
  throw new InvalidError(`"${after}" is no cursor of a pulse; that is a time, in milliseconds since 1970.`)
}

/** The cursor of a pulse at `now`: the minute before it may get more, since other processes add theirs a second later. */
export function pulseCursor(now: number): string {
  return `${Math.max(0, Math.floor(now / minuteMs) - 1) * minuteMs}`
}
