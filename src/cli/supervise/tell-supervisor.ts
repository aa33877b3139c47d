/**
 * What a supervised process tells its supervisor: that it has come up, and that it has begun to work, on a token or on
 * the answer to a request.
 */
export type Told = 'ready' | 'begun'

/** Tells the supervisor, if there is one. It learns of it even if this process ends at once. */
export function tellSupervisor(told: Told): void {
  // The supervisor may be gone; this process then ends by itself.
  if (process.connected) process.send?.(told, undefined, undefined, () => {})
}
