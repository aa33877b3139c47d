import { workersOf } from '../../app/concurrency-by-queue.ts'
import { type AppPlace, type OpenApp, openApp } from '../../app/open-app.ts'
import { layOut } from '../../pipeline/lay-out.ts'
import type { Queues } from '../../pipeline/make-queues.ts'
import type { QueueCount } from '../../queue/queue-count.ts'
import type { Log } from '../../run/log.ts'
import { accompany } from '../beside/accompany.ts'
import { letEnter } from '../let-enter.ts'
import { refusePrivate } from '../private-backend.ts'
import type { LogLine } from '../screen/line-log.ts'
import { onDemand, type ProcessSettings, specsOf } from './child-specs.ts'
import { ending, hurryMs } from './ending.ts'
import type { ChildSpec } from './fork-process.ts'
import { stopSignal } from './stop-signal.ts'
import { supervise } from './supervisor.ts'
import { warnOfStopped } from './warn-of-stopped.ts'
import { watchCounts } from './watch-counts.ts'
import { watchSuspects } from './watch-suspects.ts'
import { aborted } from './work.ts'

/** What to run of an app, and how. */
export interface Running {
  readonly place: AppPlace
  /** The settings of the processes. */
  readonly settings: ProcessSettings
  /** Whether to end when nothing waits for a machine any more. */
  readonly untilIdle: boolean
  readonly log: Log
  /** Takes the log lines of the processes. */
  readonly line: (line: LogLine) => void
  /** Called with the counts several times a second. */
  readonly each: (counts: readonly QueueCount[]) => void
}

const noApi =
  'No API is served: the app has no desks. `--port N`, or `serve` in the app, serves it, for tokens to enter.'

/**
 * Runs everything of an app in supervised processes until a signal asks this one to end, or until it is idle.
 * Resolves when all processes have ended; rejects with a sentence if one of them kept crashing or was refused.
 */
export async function run(running: Running): Promise<void> {
  const { place, settings, log, line, untilIdle } = running
  const stop = stopSignal()
  const app = await openApp(place, log)
  try {
    const { specs, queues } = await prepare(app, running, stop.signal)
    if (stop.signal.aborted) return
    const supervisor = supervise(specs, { log, line })
    stop.beforeLeaving(supervisor.hurry, hurryMs)
    process.once('exit', supervisor.kill)
    const over = AbortSignal.any([stop.signal, whenSettled(supervisor.ended)])
    over.addEventListener('abort', supervisor.stop, { once: true })
    const company = accompany(app, queues, { log, ending: over })
    stop.signal.addEventListener('abort', () => log.info(ending), { once: true })
    const warn = warnOfStopped(log)
    const each: Running['each'] = (counts) => {
      warn(counts)
      running.each(counts)
    }
    const found = () => supervisor.summon(onDemand(place, settings))
    const watching = watchSuspects(app.backend, [...workersOf(app).values()], { found, signal: over, log })
    const isIdle = await watchCounts(app.backend, app.name, {
      ...{ each, untilIdle, signal: over, log },
      usesOutput: app.done !== undefined,
      more: async () => (await company.feed()) > 0,
    })
    // A process that has not come up yet may still be refused, or crash.
    if (isIdle) await Promise.race([supervisor.ready, aborted(over)])
    supervisor.stop()
    await supervisor.ended.finally(async () => {
      process.off('exit', supervisor.kill)
      await Promise.all([watching, company.end()])
    })
  } finally {
    await app.close()
    stop.dispose()
  }
}

interface Prepared {
  readonly specs: readonly ChildSpec[]
  readonly queues: Queues<any, any, any, any>
}

/** Makes the queues, lets the app's ids enter, and returns the processes that the app needs. */
async function prepare(
  app: OpenApp,
  { place, settings, log }: Running,
  signal: AbortSignal,
): Promise<Prepared> {
  refusePrivate(app.name, app.backend)
  const hasDesks = layOut(app.workflow, app.name).specs.some(({ role }) => role === 'review')
  // An API without desks still lets tokens enter, so it runs if an address was given.
  const hasApi =
    hasDesks || app.serve !== undefined || settings.host !== undefined || settings.port !== undefined
  if (hasApi) app.checkAddress(settings.host)
  else log.info(noApi)
  const queues = await app.makeQueues()
  await letEnter(app, queues, { log, signal })
  return { specs: specsOf(place, settings, hasApi), queues }
}

function whenSettled(promise: Promise<void>): AbortSignal {
  const settled = new AbortController()
  promise.catch(() => {}).finally(() => settled.abort())
  return settled.signal
}
