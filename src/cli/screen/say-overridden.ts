import type { Overridden, OverriddenGate, Override, Rate } from '../../queue/gate.ts'
import { shorten } from '../../queue/hide-passwords.ts'
import { utc } from '../../queue/utc.ts'
import { sayTime } from './where-is.ts'

const maxReason = 60

/** What was set by hand at a gate: `limit 2 (declared: 5), by ann: an old printer, 2030-01-01 12:00:00.000Z`. */
export function sayOverridden({ limit, rate, overridden }: Omit<OverriddenGate, 'gate'>): string {
  return [
    ...sayOne('limit', limit, overridden.limit, String),
    ...sayOne('rate', rate, overridden.rate, sayRate),
  ].join('; ')
}

function sayOne<Value>(
  what: string,
  value: Value | undefined,
  override: Override<Value> | undefined,
  say: (value: Value) => string,
): readonly string[] {
  if (!override || value === undefined) return []
  const { declared, actor, reason, at } = override
  const was = declared === undefined ? 'none' : say(declared)
  const by = actor === undefined ? '' : `, by ${actor}`
  const why = reason === undefined ? '' : `: ${shorten(reason, maxReason)}`
  return [`${what} ${say(value)} (declared: ${was})${by}${why}, ${sayTime(at)}`]
}

/** How fast something may pass: `5 in 1000 ms`. */
export function sayRate({ units, perMs }: Rate): string {
  return `${units} in ${perMs} ms`
}

/** What was set by hand, for `--json`: its times as text. */
export function overriddenJson({ limit, rate }: Overridden) {
  return { ...(limit && { limit: withTime(limit) }), ...(rate && { rate: withTime(rate) }) }
}

function withTime<Value>({ at, ...override }: Override<Value>) {
  return { ...override, at: utc(at) }
}
