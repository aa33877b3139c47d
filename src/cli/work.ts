import { giveBack } from '../run/give-back.ts'
import { findRunnables, pickRunnables } from './find-runnables.ts'
import type { OpenApp } from './open-app.ts'
import { warnOfPrivate } from './private-backend.ts'
import type { StopSignal } from './stop-signal.ts'
import { tellReady } from './tell-ready.ts'

/**
 * Runs the workers of `app` (those at `only`, if it is given) in this process until `stop` asks for the end and what runs
 * has ended. Rejects, when all have ended, with what a worker of the app's own making has thrown.
 */
export async function work(
  app: OpenApp,
  { only, stop: asked }: { readonly only?: readonly string[] | undefined; readonly stop: StopSignal },
): Promise<void> {
  warnOfPrivate(app.log, app.backend)
  const queues = await app.makeQueues()
  asked.beforeLeaving(() => giveBack(queues.runtime))
  const all = findRunnables(queues.artifacts(await app.makeContext(queues)))
  const chosen = only ? pickRunnables(all, only) : all
  tellReady()
  app.log.info('Working.', { workers: [...chosen.keys()].join(',') || 'none' })
  const failed = new AbortController()
  const stop = AbortSignal.any([asked.signal, failed.signal])
  const running = [...chosen.values()].map(async (run) => {
    try {
      await run(stop)
    } catch (error) {
      if (!stop.aborted) failed.abort(error)
    }
  })
  if (chosen.size === 0) await aborted(stop)
  await Promise.all(running)
  queues.runtime.keeper.stop()
  if (failed.signal.aborted) throw failed.signal.reason
}

/** Resolves when `signal` has aborted; the process stays alive until then. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const alive = setInterval(() => {}, 2 ** 30)
    signal.addEventListener('abort', () => resolve(clearInterval(alive)), { once: true })
  })
}
