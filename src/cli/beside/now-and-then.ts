import { sayError } from '../../app/say-error.ts'
import { systemClock } from '../../queue/clock.ts'
import { isClosedError } from '../../queue/errors.ts'
import type { Log } from '../../run/log.ts'
import { waitFor } from '../../run/wait-for.ts'

/** What is done, how often, and what its failures are called. */
export interface NowAndThen {
  readonly everyMs: number
  /** What the log says when it has failed. */
  readonly sentence: string
  /** Told with that sentence. */
  readonly fields?: Readonly<Record<string, string>>
  readonly log: Log
  readonly signal: AbortSignal
}

/** What is done beside the workers must not become the main work. */
const mostOfTheTime = 0.05

/** Does `act` at once, then again and again until `signal` aborts. What it throws is logged. Never rejects. */
export async function nowAndThen(
  act: () => unknown,
  { everyMs, sentence, fields, log, signal }: NowAndThen,
): Promise<void> {
  while (!signal.aborted) {
    const startedAt = performance.now()
    try {
      await act()
    } catch (error) {
      if (signal.aborted || isClosedError(error)) return
      log.warn(sentence, { ...fields, error: sayError(error) })
    }
    const tookMs = performance.now() - startedAt
    await waitFor(systemClock, Math.max(everyMs, tookMs / mostOfTheTime), signal)
  }
}
