/** The command was called in a way that cannot be meant: exit code 2. Its message is a sentence for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
