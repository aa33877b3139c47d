/** A watch over messages that must keep coming. */
export interface Silence {
  /** Records that a message has come. */
  readonly interrupt: () => void
  readonly stop: () => void
}

const turns = 10

/**
 * Calls `onSilence` when no message has come for `stallMs`. It counts turns of a timer, not time: if this process was busy
 * or stopped for a minute, that was one turn, and not a minute of the host's silence.
 */
export function watchSilence(stallMs: number, onSilence: () => void): Silence {
  let quiet = 0
  const timer = setInterval(() => {
    quiet++
    if (quiet <= turns) return
    clearInterval(timer)
    onSilence()
  }, stallMs / turns)
  return {
    interrupt: () => {
      quiet = 0
    },
    stop: () => clearInterval(timer),
  }
}
