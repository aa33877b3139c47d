import { utc } from '../../queue/utc.ts'

export const dayMs = 86_400_000

/** When the day of `at` begins, in UTC. */
export function startOfDay(at: number): number {
  return Math.floor(at / dayMs) * dayMs
}

/** A day as people write it: `2026-11-27`. */
export function sayDay(at: number): string {
  return utc(at).slice(0, 10)
}
