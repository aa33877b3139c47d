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

/**
 * The order in which the statements of a connection are sent. A piece of work may have to wait for something else, or for nothing, before
 * it sends its first; what is begun behind it must not overtake it, since it may read what only that has locked.
 */
export class Sending {
  /** Called when the next statement is sent. */
  readonly #waiting = new Set<() => void>()

  /** Sends by `send`, and takes note of it. */
  noting<Arguments extends readonly unknown[], Answer>(
    send: (...given: Arguments) => Promise<Answer>,
  ): (...given: Arguments) => Promise<Answer> {
    return (...given) => {
      const answer = send(...given)
      for (const begin of this.#waiting) begin()
      this.#waiting.clear()
      return answer
    }
  }

  /** As `atOnce`; each begins when the one before it has sent its first statement, or has ended. */
  readonly atOnce: Together = (work) => {
    let before: Promise<void> = Promise.resolve()
    const inTurn = work.map((each) => {
      const begins = before
      let begin: () => void = () => {}
      before = new Promise((resolve) => {
        begin = resolve
      })
      return async () => {
        await begins
        this.#waiting.add(begin)
        await each().finally(begin)
      }
    })
    return atOnce(inTurn)
  }
}
