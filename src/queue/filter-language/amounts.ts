const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
const isoPattern = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z?)?$/

/** The number that `text` is the usual writing of; undefined for other texts, such as `007`. */
export function numberOf(text: string): number | undefined {
  const number = Number(text)
  return Number.isFinite(number) && text === String(number) ? number : undefined
}

/** The milliseconds of `90s`, `15m`, `4h`, `1.5d` or `2w`; undefined for other texts. */
export function durationOf(text: string): number | undefined {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text) ?? []
  return count === undefined ? undefined : Math.round(Number(count) * units[unit as keyof typeof units])
}

/** The time that `text` is, a day or a moment in UTC, or milliseconds since 1970; undefined for other texts. */
export function timeOf(text: string): number | undefined {
  if (!isoPattern.test(text)) return numberOf(text)
  const hasTime = text.includes('T')
  const ms = Date.parse(hasTime && !text.endsWith('Z') ? `${text}Z` : text)
  return Number.isNaN(ms) ? undefined : ms
}

/** A time as `timeOf` reads it. */
export function sayTime(ms: number): string {
  const date = new Date(ms)
  if (!Number.isInteger(ms) || Number.isNaN(date.getTime())) return String(ms)
  const text = date.toISOString()
  return isoPattern.test(text) ? text : String(ms)
}

/** The least number that is more than `number`. */
export function nextUp(number: number): number {
  if (number === 0) return Number.MIN_VALUE
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, number)
  const bits = view.getBigInt64(0)
  view.setBigInt64(0, bits + (number > 0 ? 1n : -1n))
  return view.getFloat64(0)
}
