// Whether work that has reported no progress is alive, decided by what the system says about its process: see host.ts.

/** The part of the time between two looks that a process computes at least, if it is not idle. */
const leastBusy = 0.05

/**
 * Signs of life: progress reported since the last look, a file that is waited for, however slow its disk, or computing,
 * but at most `busyMs` of it without reported progress.
 */
export function makeSignsOfLife(busyMs) {
  let reported = true
  let computedMs = 0
  return {
    report() {
      reported = true
    },
    /** Looks: `cpuMs` of computing in the `passedMs` since the last look, and whether a file is waited for now. */
    look({ passedMs, cpuMs, isWaiting }) {
      computedMs = reported ? 0 : computedMs + cpuMs
      const isBusy = cpuMs >= leastBusy * passedMs && computedMs < busyMs
      const isAlive = reported || isWaiting || isBusy
      reported = false
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
  return { report: signs.report, stop: () => clearInterval(timer) }
}
