/** Whether `count` is a whole number from 0. */
export function isCount(count: unknown): count is number {
  return Number.isSafeInteger(count) && (count as number) >= 0
}

/** Whether a page can have so many entries at most: 1 to 1,000. */
export function isPageLimit(limit: unknown): limit is number {
  return isCount(limit) && limit >= 1 && limit <= 1000
}
