import { type AppPlace, type OpenApp, openApp } from '../../app/open-app.ts'
import { sayError } from '../../app/say-error.ts'
import { layOut } from '../../pipeline/lay-out.ts'
import type { QueueCount } from '../../queue/backend.ts'
import type { Log } from '../../run/log.ts'
import { refusePrivate } from '../private-backend.ts'
import type { LogLine } from '../screen/line-log.ts'
import { named, type SeedId } from '../seed-ids.ts'
import { seedTokens } from '../seed-tokens.ts'
import { onDemand, specsOf, type Told } from './child-specs.ts'
import type { ChildSpec } from './fork-process.ts'
import { stopSignal } from './stop-signal.ts'
import { supervise } from './supervisor.ts'
import { watchCounts } from './watch-counts.ts'
import { watchSuspects } from './watch-suspects.ts'
import { aborted } from './work.ts'

/** How everything of an app is run. */
export interface Running {
  readonly place: AppPlace
  /** How the processes are run. */
  readonly told: Told
  /** Whether to end when nothing waits for a machine any more. */
  readonly untilIdle: boolean
  readonly log: Log
  /** Takes the log lines of the processes. */
  readonly line: (line: LogLine) => void
  /** Is shown the counts several times a second. */
  readonly each: (counts: readonly QueueCount[]) => void
}

const ending = 'Ending: what runs may finish for a while, the rest is given back. Ask again to end at once.'
const noApi =
  'No API is served: the app has no desks. `--port N`, or `serve` in the app, serves it, for tokens to enter.'
// More than a supervisor allows its processes before it kills them.
const hurryMs = 3000

/**
 * Runs everything of an app in supervised processes until a signal asks this one to end, or until it is idle.
 * Resolves when all processes have ended; rejects with a sentence if one of them kept crashing or was refused.
 */
export async function run(running: Running): Promise<void> {
  const { place, told, log, line, untilIdle } = running
  const stop = stopSignal()
  const app = await openApp(place, log)
  try {
    const specs = await prepare(app, running, stop.signal)
    if (stop.signal.aborted) return
    const supervisor = supervise(specs, { log, line })
    stop.beforeLeaving(supervisor.hurry, hurryMs)
    process.once('exit', supervisor.kill)
    const over = AbortSignal.any([stop.signal, whenSettled(supervisor.ended)])
    over.addEventListener('abort', supervisor.stop, { once: true })
    stop.signal.addEventListener('abort', () => log.info(ending), { once: true })
    const each = warnOfPaused(log, running.each)
    const found = () => supervisor.summon(onDemand(place, told))
    const watching = watchSuspects(app.backend, loopsOf(app), { found, signal: over, log })
    const isIdle = await watchCounts(app.backend, app.name, { each, untilIdle, signal: over, log })
    // A process that has not come up yet may still be refused, or crash.
    if (isIdle) await Promise.race([supervisor.ready, aborted(over)])
    supervisor.stop()
    await supervisor.ended.finally(async () => {
      process.off('exit', supervisor.kill)
      await watching
    })
  } finally {
    await app.close()
    stop.dispose()
  }
}

/** Makes the queues, lets enter what there is, and says which processes the app needs. */
async function prepare(
  app: OpenApp,
  { place, told, log }: Running,
  signal: AbortSignal,
): Promise<readonly ChildSpec[]> {
  refusePrivate(app.name, app.backend)
  const hasDesks = layOut(app.workflow, app.name).specs.some(({ role }) => role === 'review')
  // Without desks too it lets tokens enter, if it was asked for.
  const hasApi = hasDesks || app.serve !== undefined || told.host !== undefined || told.port !== undefined
  if (hasApi) app.checkAddress(told.host)
  else log.info(noApi)
  const queues = await app.makeQueues()
  if (app.seed?.all) {
    const { seed } = app
    const refused = ({ id }: SeedId, error: unknown) =>
      log.error('A token could not enter.', { id, error: sayError(error) })
    const seeded = await seedTokens({ input: queues.input, seed, refused }, named(app.seed.all(), signal))
    log.info('Tokens entered.', { ...seeded })
  }
  return specsOf(place, told, hasApi)
}

function loopsOf({ workflow, name }: OpenApp): readonly string[] {
  return [...layOut(workflow, name).loops.values()]
}

function whenSettled(promise: Promise<void>): AbortSignal {
  const settled = new AbortController()
  promise.catch(() => {}).finally(() => settled.abort())
  return settled.signal
}

/** Says once of each paused queue in which something waits that nothing will come of it. */
function warnOfPaused(log: Log, each: Running['each']): Running['each'] {
  const told = new Set<string>()
  return (counts) => {
    for (const { queue, role, paused, ready } of counts) {
      if (!paused || ready === 0 || role !== 'stage' || told.has(queue)) continue
      told.add(queue)
      log.warn('A queue is paused, and tokens wait in it.', { queue, ready })
    }
    each(counts)
  }
}
