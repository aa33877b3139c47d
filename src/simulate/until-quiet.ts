import { setImmediate, setTimeout } from 'node:timers/promises'

const eagerTurns = 50
/** A machine that stands still for a while gives no turns either. */
const fewestTurns = 20

/** What is waited for, and how long. */
export interface Quieting {
  /** Who is at work, in words. */
  readonly working: () => readonly string[]
  /** How many of them wait for the simulated time to pass. */
  readonly parked: () => number
  /** Milliseconds of real time that may pass without anything changing. */
  readonly handlerMs: number
}

/**
 * Waits until everybody who is at work waits for simulated time, so that only the simulation can go on. What handlers
 * do outside, with files, takes turns of the event loop meanwhile. Resolves with those that did not get done in time.
 */
export async function untilQuiet({ working, parked, handlerMs }: Quieting): Promise<readonly string[]> {
  let before = ''
  let since = performance.now()
  let turns = 0
  for (let turn = 0; ; turn++) {
    // Work in memory needs a turn or two. What needs more waits for something slow, which needs the processor itself.
    await (turn < eagerTurns ? setImmediate() : setTimeout(1))
    const busy = working()
    if (busy.length <= parked()) return []
    const now = busy.join()
    if (now !== before) {
      before = now
      since = performance.now()
      turns = 0
    } else if (++turns > fewestTurns && performance.now() - since > handlerMs) return busy
  }
}
