/** What asks this process to end. */
export interface StopSignal {
  /** Aborts when the process is asked to end, or its supervisor is gone. */
  readonly signal: AbortSignal
  /** Lets signals do again what they do by default. */
  readonly dispose: () => void
}

// Ctrl-C comes twice at once where npm passes on what the terminal has sent to everybody: that is one wish.
const sameWishMs = 500

/**
 * Listens for SIGTERM, SIGINT and the end of the channel to a supervisor. The first aborts the signal; another one
 * calls `hurry` (which ends the process at once, with exit code 130, unless told otherwise).
 */
export function stopSignal(hurry: () => void = () => process.exit(130)): StopSignal {
  const stop = new AbortController()
  let askedAt = 0
  const ask = () => {
    if (!stop.signal.aborted) {
      askedAt = performance.now()
      stop.abort()
    } else if (performance.now() - askedAt > sameWishMs) hurry()
  }
  const orphaned = () => stop.abort()
  process.on('SIGTERM', ask).on('SIGINT', ask)
  if (process.connected) process.on('disconnect', orphaned)
  else if (process.send) orphaned()
  return {
    signal: stop.signal,
    dispose: () => void process.off('SIGTERM', ask).off('SIGINT', ask).off('disconnect', orphaned),
  }
}
