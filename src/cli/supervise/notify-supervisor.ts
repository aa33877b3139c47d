/**
 * What a supervised process reports to its supervisor: that it has come up, and that it has begun to work, on a token or
 * on the answer to a request.
 */
export type Milestone = 'ready' | 'begun'

/** Reports to the supervisor, if there is one. The message arrives even if this process ends at once. */
export function notifySupervisor(milestone: Milestone): void {
  // The supervisor may be gone; this process then ends by itself.
  if (process.connected) process.send?.(milestone, undefined, undefined, () => {})
}
