import { databaseOf } from '../../../app/database/database-of.ts'
import type { OpenApp } from '../../../app/open-app.ts'
import { sayError } from '../../../app/say-error.ts'
import { systemClock } from '../../../queue/clock.ts'
import { sentence } from '../../../queue/sentence.ts'
import type { Log } from '../../../run/log.ts'
import { onAbort } from '../../../run/on-abort.ts'
import { waitFor } from '../../../run/wait-for.ts'
import { Pass } from './pass.ts'
import { placesOf } from './places.ts'
import { ShelfThread } from './shelf-thread.ts'

/** What a mirror needs. */
export interface MirrorParts {
  /** Its folder. */
  readonly root: string
  /** Ends it. */
  readonly signal: AbortSignal
  readonly log: Log
}

const everyMs = 500
const soonestMs = 1000
const latestMs = 60_000
/** After so long without a fault the next one is logged again. */
const goodMs = 10_000
const lastMs = 3000

/**
 * Keeps a folder for each queue of `app`, with a file for each token, until the signal aborts; then it looks once more. What goes
 * wrong is logged once, and tried again: the work does not wait for it. Never rejects.
 */
export async function mirror(app: OpenApp, { root, signal, log }: MirrorParts): Promise<void> {
  const places = placesOf(app.workflow, app.name)
  let faults = 0
  while (!signal.aborted) {
    const shelf = new ShelfThread({
      ...{ root, app: app.name, database: databaseOf(app.backend) ?? '' },
      folders: [...places.values()],
      queue: [...places.keys()][0]!,
    })
    const impatience = onAbort(signal, () => setTimeout(() => shelf.close(), lastMs).unref())
    try {
      const { input } = await app.makeQueues()
      const pass = new Pass({ app, input, shelf, places, log, signal })
      await pass.begin()
      const goodSince = performance.now()
      while (!signal.aborted) {
        const { more } = await pass.look()
        if (faults > 0 && performance.now() - goodSince > goodMs) {
          log.info('The mirror is kept again.', { mirror: root })
          faults = 0
        }
        if (!more) await waitFor(systemClock, everyMs, signal)
      }
      while ((await pass.look()).more);
    } catch (error) {
      if (faults++ === 0)
        log.warn(`The mirror cannot be kept: ${sentence(sayError(error))} Trying again.`, { mirror: root })
    } finally {
      impatience()
      shelf.close()
    }
    await waitFor(systemClock, Math.min(latestMs, soonestMs * 2 ** faults), signal)
  }
}
