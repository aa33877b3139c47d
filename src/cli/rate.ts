import { InvalidArgumentError } from 'commander'
import type { Rate } from '../queue/gate.ts'

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Reads a rate such as `5/s`, `100/15m` or `10000/d`, or `default`; for the argument of an option. */
export function rateOrDefault(text: string): Rate | 'default' {
  if (text === 'default') return text
  const [, count, times = '1', unit] = /^(\d{1,9}(?:\.\d{1,6})?)\/(\d{1,6})?(ms|s|m|h|d)$/.exec(text) ?? []
  const rate = { units: Number(count), perMs: Number(times) * units[unit as keyof typeof units] }
  if (unit !== undefined && rate.units > 0 && rate.perMs > 0) return rate
  throw new InvalidArgumentError(
    'It is a number of units in a time, such as 5/s, 100/15m or 10000/d, or default for what is declared.',
  )
}

/** Reads a whole number from 0, or `default`; for the argument of an option. */
export function limitOrDefault(text: string): number | 'default' {
  if (text === 'default') return text
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a whole number from 0, or default for what is declared.')
}
