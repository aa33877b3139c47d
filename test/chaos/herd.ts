import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../src/testing/backend-model/random.ts'
import type { Scene, WorkerProcess } from './scene.ts'

/** Processes that work, and those of them that were killed. */
export interface Herd {
  readonly dead: readonly WorkerProcess[]
  /** The most that the WAL had. */
  readonly walBytes: () => number
  readonly killAll: () => Promise<void>
}

/** Keeps `processes` of them at work for some seconds, and kills one of them every `everyMs` on average. */
export async function killForAWhile(
  scene: Scene,
  random: Random,
  {
    processes,
    seconds,
    everyMs,
  }: { readonly processes: number; readonly seconds: number; readonly everyMs: number },
): Promise<Herd> {
  const living = Array.from({ length: processes }, () => scene.startWorker())
  const dead: WorkerProcess[] = []
  let walBytes = 0
  const looking = setInterval(() => {
    walBytes = Math.max(walBytes, scene.backend.metrics().walBytes)
  }, 100)
  const until = performance.now() + seconds * 1000
  while (performance.now() < until) {
    await sleep(random.below(2 * everyMs))
    // Some die while they start; most have something to lose.
    const working = random.below(4) === 0 ? [] : living.filter(({ isReady }) => isReady())
    const victim = random.pick(working.length > 0 ? working : living)
    await victim.kill()
    dead.push(victim)
    living[living.indexOf(victim)] = scene.startWorker()
  }
  const killAll = async () => {
    clearInterval(looking)
    await Promise.all(living.map(({ kill }) => kill()))
  }
  return { dead, walBytes: () => walBytes, killAll }
}
