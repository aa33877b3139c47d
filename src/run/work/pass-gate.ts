import type { Backend } from '../../queue/backend.ts'
import type { Fence } from '../../queue/change.ts'
import type { Clock } from '../../queue/clock.ts'
import { isClosedError, isPipewrightError } from '../../queue/errors.ts'
import { isShut, type Passage, type Toll } from '../../queue/gate.ts'
import { onAbort } from '../on-abort.ts'

/** A gate that has not said when it may let more pass, and does not ring, is asked again after so long. */
const longestMs = 60_000
const failedAgainMs = 1000

interface Passing {
  readonly backend: Pick<Backend, 'pass' | 'watch'>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Called while the gate lets nothing pass, until `againAt` if that is known; the function that is returned, when it is asked again. */
  readonly shut: (gate: string, againAt: number | undefined) => () => void
}

/**
 * Pays at a gate for what is leased under `fence`, as soon as that lets it pass. Rejects with the signal's reason when that aborts,
 * and as `Backend.pass` does, but for a `BackendError`: then it asks again.
 */
export async function passGate(
  { backend, clock, signal, shut }: Passing,
  fence: Fence,
  toll: Toll,
): Promise<void> {
  const waiting = new Waiting(clock)
  // Before it is asked: else what is given back meanwhile would be missed.
  const unwatch = backend.watch((name) => {
    if (name === undefined || name === toll.gate) waiting.wake()
  })
  const unlisten = onAbort(signal, () => waiting.wake())
  let goOn = () => {}
  try {
    for (;;) {
      signal.throwIfAborted()
      const passage = await backend.pass(fence, toll).catch((error: unknown) => orLater(error, clock))
      goOn()
      goOn = () => {}
      if (passage.admitted) return
      const { againAt = Number.POSITIVE_INFINITY, why } = passage
      if (isShut(why)) goOn = shut(toll.gate, passage.againAt)
      await waiting.rest(Math.min(Math.max(againAt - clock.now(), 1), longestMs))
    }
  } finally {
    goOn()
    unwatch()
    unlisten()
    waiting.end()
  }
}

// An outage is no fault of the work.
function orLater(error: unknown, clock: Clock): Passage {
  if (!isPipewrightError(error) || error.code !== 'backend' || isClosedError(error)) throw error
  return { admitted: false, againAt: clock.now() + failedAgainMs }
}

/** Waits until it is woken, or for a time; being woken before counts. */
class Waiting {
  readonly #clock: Clock
  #isWoken = false
  #goOn: () => void = () => {}
  #cancel: () => void = () => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  wake(): void {
    this.#isWoken = true
    this.#goOn()
  }

  async rest(ms: number): Promise<void> {
    if (!this.#isWoken) {
      await new Promise<void>((resolve) => {
        this.#goOn = resolve
        this.#cancel = this.#clock.after(ms, resolve)
      })
    }
    this.end()
    this.#isWoken = false
  }

  end(): void {
    this.#cancel()
  }
}
