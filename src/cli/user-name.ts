import { userInfo } from 'node:os'

/** Who uses the CLI, for the history. */
export function userName(): string {
  try {
    return userInfo().username || 'cli'
  } catch {
    // A container may run as a user that has no name.
    return 'cli'
  }
}
