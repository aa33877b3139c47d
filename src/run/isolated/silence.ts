/** Waits for words that come again and again. */
export interface Silence {
  /** Takes note of a word. */
  readonly heard: () => void
  readonly stop: () => void
}

const turns = 10

/**
 * Calls `onSilence` when no word has come for `stallMs`. It counts the turns of a timer: a process that was busy, or
 * stopped, for a minute has had one turn, and must not take the minute for the other's silence.
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
    heard: () => {
      quiet = 0
    },
    stop: () => clearInterval(timer),
  }
}
