import { type Clock, systemClock } from '../../queue/clock.ts'
import { faultOf } from '../../queue/fault.ts'
import { sayCause } from '../../queue/say-fault.ts'
import { placeIn } from '../../queue/stack.ts'
import type { Log } from '../log.ts'
import { stayAlive } from '../stay-alive.ts'
import { waitFor } from '../wait-for.ts'

const firstPauseMs = 100
const longestPauseMs = 5000

/** Which loop is kept running, and where its failures are logged. */
export interface KeptRunning {
  readonly queue: string
  readonly log: Log
  readonly clock?: Clock
}

/**
 * Runs `run`, and again after a pause when it has rejected, until `stop` aborts or it resolves. The pause doubles, from
 * 100 ms up to five seconds, as long as it runs for a shorter time than it has paused. Never rejects.
 */
export async function keepRunning(
  run: (stop: AbortSignal) => Promise<void>,
  stop: AbortSignal,
  { queue, log, clock = systemClock }: KeptRunning,
): Promise<void> {
  let pauseMs = firstPauseMs
  while (!stop.aborted) {
    const startedAt = clock.elapsed()
    try {
      return await run(stop)
    } catch (error) {
      if (stop.aborted) return
      if (clock.elapsed() - startedAt > pauseMs) pauseMs = firstPauseMs
      const { name, message, stack } = faultOf(error)
      const fields = { queue, error: sayCause({ name, message }), at: stack && placeIn(stack), inMs: pauseMs }
      log.error('A loop of a stage has failed; it is started again.', fields)
    }
    await pause(pauseMs, stop, clock)
    pauseMs = Math.min(longestPauseMs, pauseMs * 2)
  }
}

async function pause(ms: number, stop: AbortSignal, clock: Clock): Promise<void> {
  // A loop that is to go on keeps its process alive.
  const mayEnd = stayAlive()
  await waitFor(clock, ms, stop)
  mayEnd()
}
