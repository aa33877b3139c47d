/** How many rows, or lines, are looked at for one page or tally at most. */
export const mostLooked = 100_000

const fairShare = 1000

/** How many of these are looked at in each of so many queues. */
export function budgetOf(queues: number): number {
  return Math.max(fairShare, Math.floor(mostLooked / Math.max(1, queues)))
}
