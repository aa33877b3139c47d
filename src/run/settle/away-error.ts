import { isPipewrightError } from '../../queue/errors.ts'

/** What this package had to ask the database during an attempt could not be asked: that is no fault of the message. */
export class AwayError extends Error {
  override readonly name = 'AwayError'

  constructor(error: Error) {
    super(error.message, { cause: error })
  }
}

/** `error` as an `AwayError`, if it says that the database is away. */
export function awayOr(error: unknown): unknown {
  return isPipewrightError(error) && error.code === 'backend' ? new AwayError(error) : error
}
