// Whether work that has told no progress lives, decided from what the system says of its process: see host.ts.

/** The part of the time between two looks that a process computes at least, if it is not idle. */
const leastBusy = 0.05

/**
 * What shows life: progress told since the last look, a file that is waited for, however slow its disk, or computing,
 * but no more than `busyMs` of it without a word of progress.
 */
export function makeSignsOfLife(busyMs) {
  let told = true
  let computedMs = 0
  return {
    tell() {
      told = true
    },
    /** Looks: `cpuMs` of computing in the `passedMs` since the last look, and whether a file is waited for now. */
    look({ passedMs, cpuMs, isWaiting }) {
      computedMs = told ? 0 : computedMs + cpuMs
      const isBusy = cpuMs >= leastBusy * passedMs && computedMs < busyMs
      const isAlive = told || isWaiting || isBusy
      told = false
      return isAlive
    },
  }
}

/** Calls `say` at once, and then again and again while there are signs of life in this process. */
export function showLife(stallMs, say) {
  const signs = makeSignsOfLife(3 * stallMs)
  let before = { at: performance.now(), cpu: process.cpuUsage() }
  const timer = setInterval(() => {
    const now = { at: performance.now(), cpu: process.cpuUsage() }
    const cpuMs = (now.cpu.user + now.cpu.system - before.cpu.user - before.cpu.system) / 1000
    const isWaiting = process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'))
    if (signs.look({ passedMs: now.at - before.at, cpuMs, isWaiting })) say()
    before = now
  }, stallMs / 10)
  say()
  return { tell: signs.tell, stop: () => clearInterval(timer) }
}
