const againMs = 60_000

/** `warn`, called at most once a minute with the same sentence: a timer repeats an error that goes on. */
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
