// Rounds over what belongs to stays, for keeper-thread.mjs; plain JavaScript, as that is.

const leastRestMs = 10_000
const restForWork = 20

/**
 * Makes a function that calls `look` with the token after which it goes on, so that no transaction is long, until that
 * returns undefined instead of the next; it returns whether there is more. After a round it rests, in proportion to what the
 * round has cost, as most of what is looked at is of stays that go on.
 * @param {(after: number) => number | undefined} look
 * @returns {(elapsed: number) => boolean}
 */
export function inRounds(look) {
  let nextAt = 0
  let spentMs = 0
  let after = 0

  return (elapsed) => {
    if (elapsed < nextAt) return false
    const startedAt = performance.now()
    const next = look(after)
    spentMs += performance.now() - startedAt
    after = next ?? 0
    if (next !== undefined) return true
    nextAt = elapsed + Math.max(leastRestMs, restForWork * spentMs)
    spentMs = 0
    return false
  }
}
