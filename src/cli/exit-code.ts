import { UsageError } from '../app/usage-error.ts'

/** The exit codes of the CLI; the README says what they mean. */
export const exitCodes = { failure: 1, usage: 2, dead: 3, interrupted: 130 } as const

/** A run has ended, and dead tokens were left: exit code 3. */
export class DeadTokensError extends Error {
  override readonly name = 'DeadTokensError'
}

/** The exit code of a command that has failed with `error`. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.usage
  return error instanceof DeadTokensError ? exitCodes.dead : exitCodes.failure
}
