import { isPipewrightError } from '../../queue/errors.ts'

/** What this package had to ask the database during an attempt could not be asked: that is no fault of the message. */
class AwayError extends Error {
  override readonly name = 'AwayError'

  constructor(error: Error) {
    super(error.message, { cause: error })
  }
}

const made = new WeakSet<object>()

/** `error` as an `AwayError`, if it says that the database is away. */
export function awayOr(error: unknown): unknown {
  if (!isPipewrightError(error) || error.code !== 'backend') return error
  const away = new AwayError(error)
  made.add(away)
  return away
}

/** Whether `awayOr` has made it. Asks nothing of what was thrown, which may be anything. */
export function isAway(error: unknown): error is AwayError {
  return made.has(error as object)
}
