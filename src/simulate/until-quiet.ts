import { setImmediate, setTimeout } from 'node:timers/promises'

const eagerTurns = 50
/** At least so many turns, besides the time: a machine that stands still for a while gives none. */
const fewestTurns = 20

/** What is waited for, and how long. */
export interface Quieting {
  /** The handlers that work, in words. */
  readonly working: () => readonly string[]
  /** How many of them wait for the simulated time to pass. */
  readonly parked: () => number
  /** Milliseconds of real time that may pass without anything changing. */
  readonly handlerMs: number
}

/**
 * Waits until every handler has ended or waits for simulated time, so that only the simulation can go on. Handlers' real
 * work, as with files, takes turns of the event loop meanwhile. Resolves with the handlers that were not done in time.
 */
export async function untilQuiet({ working, parked, handlerMs }: Quieting): Promise<readonly string[]> {
  let before = ''
  let since = performance.now()
  let turns = 0
  for (let turn = 0; ; turn++) {
    // Work in memory needs a turn or two. Work that needs more waits for something slow, which needs the processor itself.
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
