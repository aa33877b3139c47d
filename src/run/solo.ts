/**
 * Who may run beside whom in one process. Ordinary work runs side by side; a suspect (a message whose worker
 * crashed) runs alone, so that only it can be blamed if the process crashes again. While somebody waits to be
 * alone, nothing new starts; when all that ran has ended, the suspect runs; then ordinary work goes on.
 */
export interface Solo {
  /** Whether ordinary work may start now. */
  readonly open: () => boolean
  /** Tells that a piece of ordinary work has started. */
  readonly start: () => void
  /** Tells that it has ended. */
  readonly end: () => void
  /** Runs `work` with nothing beside it. */
  readonly alone: (work: () => Promise<void>) => Promise<void>
  /** Calls `listener` whenever ordinary work may start again; the function returned ends that. */
  readonly onOpen: (listener: () => void) => () => void
}

/** A new, independent `Solo`; a process has one (`processSolo`), tests make their own. */
export function makeSolo(): Solo {
  let running = 0
  let waiting = 0
  let last: Promise<void> = Promise.resolve()
  let quiet: (() => void) | undefined
  const listeners = new Set<() => void>()

  return {
    open: () => waiting === 0,
    start: () => void running++,
    end() {
      running--
      if (running === 0) quiet?.()
    },
    onOpen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    alone(work) {
      waiting++
      const turn = last.then(async () => {
        if (running > 0) await new Promise<void>((resolve) => (quiet = resolve))
        quiet = undefined
        await work()
      })
      last = turn
        .catch(() => {})
        .then(() => {
          waiting--
          if (waiting === 0) for (const listener of [...listeners]) listener()
        })
      return turn
    },
  }
}

/** The one of this process. */
export const processSolo = makeSolo()
