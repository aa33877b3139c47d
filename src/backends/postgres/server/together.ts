/** Runs pieces of work that do not depend on each other. */
export type Together = (work: readonly (() => Promise<void>)[]) => Promise<void>

/** One after the other. */
export const oneByOne: Together = async (work) => {
  for (const each of work) await each()
}

/** What is said of a statement after one that has failed, `in_failed_sql_transaction`. */
const follows = '25P02'

/**
 * Begins all of them, so that their first statements are on the way together; for a connection that sends a statement before the last one
 * is answered. Where one fails, what comes after it in its transaction does too: it rejects when all have ended, with the error that
 * does not only follow from another.
 */
export const atOnce: Together = async (work) => {
  const outcomes = await Promise.allSettled(work.map((each) => each()))
  const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  if (errors.length > 0) throw errors.find(({ code }) => code !== follows) ?? errors[0]
}
