import type { Spread } from './pulse.ts'

/** The sum of spreads. */
export function sumOfSpreads(spreads: readonly Spread[]): Spread {
  const length = Math.max(0, ...spreads.map(({ buckets }) => buckets.length))
  const buckets = Array.from({ length }, (_, at) =>
    spreads.reduce((sum, spread) => sum + (spread.buckets[at] ?? 0), 0),
  )
  return { buckets, sumMs: spreads.reduce((sum, spread) => sum + spread.sumMs, 0) }
}

/** How many times a spread has. */
function timesOf({ buckets }: Spread): number {
  return buckets.reduce((sum, times) => sum + times, 0)
}

/** Where a bucket ends, in milliseconds: the shortest time that is not in it. */
export function endOfBucket(at: number): number {
  return 2 ** at
}

/**
 * The time in milliseconds that a `share` of a spread, from 0 to 1, did not take longer than; undefined if there is none in
 * it. It lies in the right bucket, so it is wrong by a factor of two at most.
 */
export function percentile(spread: Spread, share: number): number | undefined {
  const wanted = share * timesOf(spread)
  let before = 0
  for (const [at, times] of spread.buckets.entries()) {
    if (times > 0 && before + times >= wanted) {
      const begin = at === 0 ? 0 : endOfBucket(at - 1)
      return begin + (endOfBucket(at) - begin) * ((wanted - before) / times)
    }
    before += times
  }
  return undefined
}
