/** What a supervised process sends its supervisor when it has come up. */
export const ready = 'ready'

/** Tells the supervisor, if there is one, that this process has come up. */
export function tellReady(): void {
  // The supervisor may be gone; this process then ends by itself.
  if (process.connected) process.send?.(ready, undefined, undefined, () => {})
}
