import { setTimeout as sleep } from 'node:timers/promises'
import { endProcess } from '../end-process.ts'
import { exitCodes } from '../exit-code.ts'

/** What asks this process to end. */
export interface StopSignal {
  /** Aborts when the process is asked to end, or its supervisor is gone. */
  readonly signal: AbortSignal
  /** Sets what is done when the process is asked again, before it leaves: within `forMs`, by default a second. */
  readonly beforeLeaving: (act: () => Promise<void>, forMs?: number) => void
  /** Lets signals do again what they do by default. */
  readonly dispose: () => void
}

// One Ctrl-C can come twice at once: from the terminal, which signals all its processes, and from npm, which passes it on.
const sameWishMs = 500
const momentMs = 1000

/**
 * Listens for SIGTERM, SIGINT and the end of the channel to a supervisor. The first aborts the signal; the second
 * ends the process, with exit code 130, after the moment that `beforeLeaving` asks for; one more ends it at once.
 */
export function stopSignal(): StopSignal {
  const stop = new AbortController()
  let last = async () => {}
  let lastMs = momentMs
  let askedAt = 0
  let isHurrying = false
  const ask = () => {
    if (stop.signal.aborted && performance.now() - askedAt <= sameWishMs) return
    askedAt = performance.now()
    if (!stop.signal.aborted) return stop.abort()
    if (isHurrying) leave()
    isHurrying = true
    void Promise.race([last().catch(() => {}), sleep(lastMs)]).then(leave)
  }
  const orphaned = () => stop.abort()
  process.on('SIGTERM', ask).on('SIGINT', ask)
  if (process.connected) process.on('disconnect', orphaned)
  else if (process.send) orphaned()
  return {
    signal: stop.signal,
    beforeLeaving(act, forMs = momentMs) {
      last = act
      lastMs = forMs
    },
    dispose: () => void process.off('SIGTERM', ask).off('SIGINT', ask).off('disconnect', orphaned),
  }
}

function leave(): void {
  void endProcess(exitCodes.interrupted)
}
