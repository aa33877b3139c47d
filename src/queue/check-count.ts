/** Whether `count` is a whole number from 0. */
export function isCount(count: unknown): count is number {
  return Number.isSafeInteger(count) && (count as number) >= 0
}
