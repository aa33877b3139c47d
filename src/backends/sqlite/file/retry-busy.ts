import { setTimeout } from 'node:timers/promises'
import { maxBusyMs } from './say-failure.ts'
import { isBusy } from './sqlite-error.ts'

/** Runs `work` until nobody else is in its way, with 1 to 10 ms between; gives up after 30 s with SQLite's error. */
export async function retryBusy<T>(work: () => T): Promise<T> {
  const startedAt = performance.now()
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() - startedAt > maxBusyMs) throw error
      await setTimeout(1 + Math.random() * 9)
    }
  }
}
