/** Whether `count` is a whole number from `least`. */
export function isCount(count: unknown, least = 0): count is number {
  return Number.isSafeInteger(count) && (count as number) >= least
}

/** Whether a page can have so many entries at most: 1 to 1,000. */
export function isPageLimit(limit: unknown): limit is number {
  return isCount(limit, 1) && limit <= 1000
}
