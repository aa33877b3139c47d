import type { Change } from '../queue/change.ts'

/** So long is a commit at most that gathers the changes of several tokens: a server takes 16 MiB. */
export const mostCommitBytes = 8_000_000

/** How long `changes` are as JSON. */
export function commitBytes(changes: readonly Change[]): number {
  return Buffer.byteLength(JSON.stringify(changes))
}
