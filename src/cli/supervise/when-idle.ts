import { type Clock, systemClock } from '../../queue/clock.ts'
import type { Solo } from '../../run/suspects/solo.ts'

const idleMs = 10_000
const lookEveryMs = 1000

/** Aborts when this process has worked on nothing for ten seconds. */
export function whenIdle(solo: Pick<Solo, 'isWorking' | 'onWork'>, clock: Clock = systemClock): AbortSignal {
  const idle = new AbortController()
  let since = clock.elapsed()
  const unlisten = solo.onWork(() => (since = clock.elapsed()))
  look()
  return idle.signal

  function look(): void {
    if (solo.isWorking()) since = clock.elapsed()
    if (clock.elapsed() - since < idleMs) return void clock.after(lookEveryMs, look)
    unlisten()
    idle.abort()
  }
}
