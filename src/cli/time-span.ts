import { InvalidArgumentError } from 'commander'

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Reads a time span such as `30m`, `12h` or `1d`, in milliseconds; for the argument of an option. */
export function spanMs(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (count !== undefined && unit !== undefined) return Number(count) * units[unit as keyof typeof units]
  throw new InvalidArgumentError(
    'It is a number of seconds, minutes, hours or days, such as 90s, 30m, 12h or 1d.',
  )
}
