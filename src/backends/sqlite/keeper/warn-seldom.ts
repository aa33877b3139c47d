const againMs = 60_000

/** `warn`, which hears a sentence that is repeated once a minute at most: what goes on going wrong is said by a timer. */
export function warnSeldom(warn: (message: string) => void): (message: string) => void {
  const saidAt = new Map<string, number>()
  return (message) => {
    const now = performance.now()
    for (const [said, at] of saidAt) if (now - at >= againMs) saidAt.delete(said)
    if (saidAt.has(message)) return
    saidAt.set(message, now)
    warn(message)
  }
}
