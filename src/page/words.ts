import { type Html, html } from './html.ts'

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

/** A number as people read it: `12,345`. */
export function sayNumber(number: number): string {
  return grouped.format(number)
}

const units: readonly (readonly [ms: number, name: string])[] = [
  ...([
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ] as const),
]

/** A time that something took, in milliseconds, as people read it: `1.5 h`. */
export function sayDuration(ms: number): string {
  const [unitMs, name] = units.find(([unit]) => ms >= unit) ?? [1, 'ms']
  return `${sayNumber(ms / unitMs)} ${name}`
}

/** A time in ISO 8601, to the minute. */
export function sayTime(iso: string | undefined): Html | undefined {
  if (iso === undefined) return undefined
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')}</time>`
}
