/**
 * Where time comes from. Leases count `elapsed`, which no change of the wall clock touches and which all
 * processes of a machine share; due times and history use `now`.
 */
export interface Clock {
  /** Wall time, in milliseconds since 1970. */
  now(): number
  /** Monotonic time, in milliseconds since some moment that all processes of this boot share. */
  elapsed(): number
  /** Calls back once after `ms` milliseconds, however many; the function returned cancels it. Never keeps a process alive. */
  after(ms: number, callback: () => void): () => void
}

// Node fires a longer timer at once.
const longestTimerMs = 2 ** 31 - 1

/** The clocks of this machine: `Date.now`, CLOCK_MONOTONIC and timers. */
export const systemClock: Clock = {
  now: Date.now,
  elapsed: () => Math.floor(Number(process.hrtime.bigint() / 1_000_000n)),
  after(ms, callback) {
    let timer: NodeJS.Timeout
    wait(ms)
    return () => clearTimeout(timer)

    function wait(leftMs: number): void {
      const isLong = leftMs > longestTimerMs
      timer = isLong
        ? setTimeout(wait, longestTimerMs, leftMs - longestTimerMs)
        : setTimeout(callback, leftMs)
      timer.unref()
    }
  },
}
