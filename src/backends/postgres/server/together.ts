/** Runs pieces of work that do not depend on each other. */
export type Together = (work: readonly (() => Promise<void>)[]) => Promise<void>

/** One after the other. */
export const oneByOne: Together = async (work) => {
  for (const each of work) await each()
}

/**
 * Begins all of them, so that their first statements are on the way together; for a connection that sends a statement before the last one
 * is answered. Where one fails the others do too, since their transaction has: it rejects when all have ended, with the first error.
 */
export const atOnce: Together = async (work) => {
  const outcomes = await Promise.allSettled(work.map((each) => each()))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
