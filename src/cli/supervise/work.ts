import { concurrencyByQueue } from '../../app/concurrency-by-queue.ts'
import { findRunnables, isAtPlace, outputPlace, pickRunnables } from '../../app/find-runnables.ts'
import type { OpenApp } from '../../app/open-app.ts'
import { layOut } from '../../pipeline/lay-out.ts'
import type { Queues } from '../../pipeline/make-queues.ts'
import { outputWorker } from '../../pipeline/output-worker.ts'
import { concurrencyOf, type Runnable } from '../../pipeline/worker.ts'
import type { QueueSpec } from '../../queue/declaration.ts'
import { cron } from '../../run/cron/cron.ts'
import { giveBack } from '../../run/lease/give-back.ts'
import { dropFinished } from '../../run/output/keep.ts'
import { beat } from '../../run/presence/beat.ts'
import type { Runtime, SuspectsPlace } from '../../run/runtime.ts'
import { stayAlive } from '../../run/stay-alive.ts'
import { keepRunning } from '../../run/work/keep-running.ts'
import { warnOfPrivate } from '../private-backend.ts'
import { notifySupervisor } from './notify-supervisor.ts'
import type { StopSignal } from './stop-signal.ts'
import { whenIdle } from './when-idle.ts'

/** The option that makes a process leave by itself. */
export const leaveWhenIdle = '--leave-when-idle'

/** What a process of workers does. */
export interface Working {
  /** What its supervisor calls this process, if it has one. */
  readonly name: string | undefined
  /** The places of the workers to run; by default all. */
  readonly only?: readonly string[] | undefined
  /** The places of the workers that run elsewhere. */
  readonly except?: readonly string[] | undefined
  /** How many tokens are worked on at once, by the places of workers, where that is another number than their own. */
  readonly concurrency?: ReadonlyMap<string, number> | undefined
  /** Where suspects are worked on; by default in this process too. */
  readonly suspects?: SuspectsPlace | undefined
  /** Whether it leaves when it has had nothing to do for a while. */
  readonly leavesWhenIdle?: boolean | undefined
  readonly stop: StopSignal
}

/**
 * Runs workers of `app` in this process until `stop` asks it to end and running work has ended. If a loop of the app's own
 * rejects, that is logged, and the loop is started again.
 */
export async function work(app: OpenApp, working: Working): Promise<void> {
  const { stop: asked, suspects, leavesWhenIdle = false } = working
  warnOfPrivate(app.log, app.backend)
  const concurrency = working.concurrency && concurrencyByQueue(app, working.concurrency)
  const queues = await app.makeQueues({ suspects, concurrency })
  const { solo, keeper } = queues.runtime
  asked.beforeLeaving(() => giveBack(queues.runtime))
  const context = await app.makeContext(queues)
  const all = findRunnables(queues.artifacts(context), outputRunnable(app, queues.runtime, context))
  const chosen = choose(app, working, all)
  notifySupervisor('ready')
  const stopListening = solo.onWork(() => {
    stopListening()
    notifySupervisor('begun')
  })
  app.log.info('Working.', { workers: [...chosen.keys()].join(',') || 'none' })
  const stop = leavesWhenIdle ? AbortSignal.any([asked.signal, whenIdle(solo)]) : asked.signal
  const { specs } = layOut(app.workflow, app.name)
  const queueOf = (place: string) => queueAt(place, app.name, specs)
  const end = beat(queues.runtime, {
    name: working.name,
    stages: Object.fromEntries(
      [...chosen].map(([place, run]) => [queueOf(place), concurrencyOf(run) ?? null]),
    ),
  })
  const running = [...chosen].map(([place, run]) =>
    keepRunning(run, stop, { queue: queueOf(place), log: app.log }),
  )
  const beside = suspects === 'only' ? [] : besides(app, queues, stop)
  if (chosen.size === 0) await aborted(stop)
  await Promise.all([...running, ...beside])
  await end()
  keeper.stop()
}

/** The loop that takes finished tokens off the output, if the app wants that. */
function outputRunnable(
  { workflow, done }: OpenApp,
  runtime: Runtime,
  given: object | undefined,
): Runnable | undefined {
  return done && outputWorker(workflow, { done, given, runtime })
}

/** What runs beside the workers. In each process: of tokens that are to enter or to go at a time, one process takes each. */
function besides(
  { name, workflow, cron: seeds, keep }: OpenApp,
  queues: Queues<any, any, any, any>,
  stop: AbortSignal,
): readonly Promise<void>[] {
  const { runtime } = queues
  const { output } = layOut(workflow, name)
  return [
    ...(seeds ? [cron(queues, seeds)(stop)] : []),
    ...(keep ? [dropFinished({ queue: output, days: keep.days, runtime }, stop)] : []),
  ]
}

/** The queue of the stage at `place`, or that it is in: an artifact of an app's own may hold several loops. */
function queueAt(place: string, workflow: string, specs: readonly QueueSpec[]): string {
  const path = `${workflow}/${place}`
  const isAround = ({ name }: QueueSpec) => path === name || path.startsWith(`${name}/`)
  return specs.find(isAround)?.name ?? path
}

/** The loops to run: for suspects alone, no loops of the app's own, which may do anything and lease their own suspects. */
function choose(
  app: OpenApp,
  { only, except = [], suspects }: Working,
  all: ReadonlyMap<string, Runnable>,
): ReadonlyMap<string, Runnable> {
  const picked = only ? pickRunnables(all, only) : all
  const chosen = new Map([...picked].filter(([name]) => !except.some((place) => isAtPlace(name, place))))
  if (suspects !== 'only') return chosen
  const { loops } = layOut(app.workflow, app.name)
  return new Map([...chosen].filter(([place]) => loops.has(place) || place === outputPlace))
}

/** Resolves when `signal` has aborted; the process stays alive until then. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const mayEnd = stayAlive()
    signal.addEventListener('abort', () => resolve(mayEnd()), { once: true })
  })
}
