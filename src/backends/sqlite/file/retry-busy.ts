import { setTimeout } from 'node:timers/promises'
import { InUseError } from './in-use.ts'
import { maxBusyMs } from './say-failure.ts'
import { isBusy } from './sqlite-error.ts'

const maxInUseMs = 1000

/**
 * Runs `work` until no other process blocks it, with 1 to 10 ms between; gives up after 30 s with SQLite's error, and
 * after one with an `InUseError`.
 */
export async function retryBusy<T>(work: () => T): Promise<T> {
  const startedAt = performance.now()
  for (;;) {
    try {
      return work()
    } catch (error) {
      const triedMs = performance.now() - startedAt
      // Other processes of this version may be about to migrate it and block each other.
      const isWorth =
        error instanceof InUseError ? triedMs < maxInUseMs : isBusy(error) && triedMs <= maxBusyMs
      if (!isWorth) throw error
      await setTimeout(1 + Math.random() * (error instanceof InUseError ? 99 : 9))
    }
  }
}
