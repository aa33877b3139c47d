import { type ErrorCode, isPipewrightError } from '../queue/errors.ts'

/**
 * The command makes no sense as it was typed, and would be refused again: exit code 2. Its message is a sentence for the
 * person who typed it.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Rejects with a `UsageError` where `asking` is refused with one of Pipewright's errors that has one of `codes`. */
export async function refusedAsUsage<T>(codes: readonly ErrorCode[], asking: Promise<T>): Promise<T> {
  try {
    return await asking
  } catch (error) {
    if (isPipewrightError(error) && codes.includes(error.code)) {
      throw new UsageError(error.message, { cause: error })
    }
    throw error
  }
}
