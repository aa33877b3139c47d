import { setTimeout as sleep } from 'node:timers/promises'
import { vi } from 'vitest'
import type { Random } from '../../src/testing/backend-model/random.ts'
import type { Scene, WorkerProcess } from './scene.ts'

/** Processes that work, and those of them that were killed. */
export interface Herd {
  readonly dead: readonly WorkerProcess[]
  /** The most that the WAL had. */
  readonly walBytes: () => number
  readonly killAll: () => Promise<void>
}

/**
 * Keeps `processes` of them at work until so many as `kills` have been killed, one every `everyMs` on average, or later
 * where the machine takes longer to start others.
 */
export async function killOften(
  scene: Scene,
  random: Random,
  {
    processes,
    kills,
    everyMs,
  }: { readonly processes: number; readonly kills: number; readonly everyMs: number },
): Promise<Herd> {
  const living = Array.from({ length: processes }, () => scene.startWorker())
  const dead: WorkerProcess[] = []
  let walBytes = 0
  const looking = setInterval(() => {
    walBytes = Math.max(walBytes, scene.file?.metrics().walBytes ?? 0)
  }, 100)
  const working = () => living.filter(({ isReady }) => isReady())
  const patient = { timeout: 60_000, interval: 20 }
  while (dead.length < kills) {
    await sleep(random.below(2 * everyMs))
    // Some die while they start; most have something to lose.
    const any = random.below(4) === 0
    if (!any) await vi.waitUntil(() => working().length >= processes / 4, patient)
    const victim = random.pick(any ? living : working())
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
