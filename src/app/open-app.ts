import { fingerprint } from '../pipeline/fingerprint.ts'
import { layOut } from '../pipeline/lay-out.ts'
import { makeQueues, type Queues } from '../pipeline/make-queues.ts'
import type { StatePipeline } from '../pipeline/pipeline.ts'
import { stagePlaces } from '../pipeline/stage-places.ts'
import type { Backend } from '../queue/backend.ts'
import { systemClock } from '../queue/clock.ts'
import { idCheck, matchingId } from '../queue/matching-id.ts'
import type { Plan } from '../queue/plan.ts'
import type { Bulk } from '../run/bulk/bulk.ts'
import { makeBulk } from '../run/bulk/make-bulk.ts'
import type { Log } from '../run/log.ts'
import { type CheckedDone, checkDone } from '../run/output/done.ts'
import { checkKeep, type Keep } from '../run/output/keep.ts'
import type { SuspectsPlace } from '../run/runtime.ts'
import { makeTravel } from '../run/travel/make-travel.ts'
import type { TravelPlace } from '../run/travel/stage-place.ts'
import type { Travel } from '../run/travel/travel.ts'
import { isPromised } from '../schema/schema.ts'
import { addressFault } from '../serve/address-fault.ts'
import { checkOpened } from './check-opened.ts'
import type { GivenConfig } from './config/config-file.ts'
import { checkConfig, configFolder, placeInConfig, readConfig } from './config/read-config.ts'
import { openGiven } from './database/open-backend.ts'
import type { Address, App, AppQueues, Opened, Opening, Seed } from './define-app.ts'
import { loadApp } from './load-app.ts'
import { sayError } from './say-error.ts'
import { refusedAsUsage, UsageError } from './usage-error.ts'

/** Which app, with which settings. */
export interface AppPlace {
  /** The module. */
  readonly app: string
  /** Its YAML file, if it has one. */
  readonly config?: string | undefined
  /** The database that is used instead of the app's own backend: a path, or a URL. */
  readonly db?: string | undefined
  /** Whether this version may make queues again that a newer one has renamed or left out. */
  readonly rollback?: boolean | undefined
  /** What was read already, in place of the file. */
  readonly given?: GivenConfig | undefined
  /** Where its API listens, in place of what the app says of each. */
  readonly serve?: Address | undefined
}

/** How the queues of an app are worked on in this process. */
interface WorkSettings {
  /** By default here. */
  readonly suspects?: SuspectsPlace | undefined
  /** How many messages are worked on at once, by queue, where that is another number than the worker's own. */
  readonly concurrency?: ReadonlyMap<string, number> | undefined
}

type Ends = Pick<AppQueues, 'input' | 'output' | 'send'>

/** An app that is open in this process. */
export interface OpenApp {
  readonly name: string
  readonly workflow: StatePipeline
  readonly seed: Seed<any> | undefined
  readonly cron: Opened['cron']
  readonly upkeep: Opened['upkeep']
  /** What is called with each finished token, if that is wanted. */
  readonly done: CheckedDone | undefined
  /** How long finished tokens stay in the output; for good without it. */
  readonly keep: Keep | undefined
  readonly serve: Address | undefined
  readonly log: Log
  readonly backend: Backend
  /** Makes or finds its queues in the backend. Rejects with a `UsageError` if this version cannot be started on it. */
  readonly makeQueues: (settings?: WorkSettings) => Promise<Queues<any, any, any, any>>
  /** The plan by which a token would enter: reads nothing, and makes no queues. */
  readonly entry: () => Plan<any>
  /** What is done by hand to its tokens; makes no queues. */
  readonly travel: () => Promise<Travel>
  /** What is done to many of its tokens at once; makes no queues but those of bulk actions. */
  readonly bulk: () => Promise<Bulk>
  /** Makes what the functions of its stages ask for. */
  readonly makeContext: (queues: Ends) => Promise<object | undefined>
  /**
   * Throws a `UsageError`, with the line of the config if it is there, if its API cannot be served at its address (at
   * `host`, if given): a token is missing where other machines get in, or the token, a name or an origin is malformed.
   */
  readonly checkAddress: (host?: string) => void
  readonly close: () => Promise<void>
}

/** An app put together, its backend not opened if the app gives a function for it. */
export interface Assembled {
  readonly name: string
  readonly opened: Opened
  readonly done: CheckedDone | undefined
  readonly keep: Keep | undefined
  readonly close: () => Promise<void>
}

/** Loads the app at `place`, reads its config, and puts it together. */
export async function assembleApp(place: AppPlace, log: Log): Promise<Assembled> {
  const app = await loadApp(place.app)
  const { given } = place
  const config = await (given ? checkConfig(app.config, given) : readConfig(app.config, place.config))
  const keep = keepOf(app, config)
  const opened = await open(app, config, { log, folder: given?.folder ?? configFolder(place.config) })
  const { backend } = opened
  // A backend that is no function opens at once; where `--db` names another file, its failure does not matter.
  const own = typeof backend === 'function' ? undefined : Promise.resolve(backend).catch(() => undefined)
  return {
    name: app.name,
    opened,
    done: app.done && checkDone(app.done),
    keep,
    async close() {
      await (await own)?.close()
      await opened.close?.()
    },
  }
}

async function open(app: App, config: unknown, opening: Opening): Promise<Opened> {
  try {
    const opened: unknown = await app.open(config, opening)
    checkOpened(opened)
    const { backend } = opened
    // One promise: a thenable may begin anew each time it is awaited.
    return isPromised(backend) ? { ...opened, backend: Promise.resolve(backend) } : opened
  } catch (error) {
    throw new Error(`The app "${app.name}" could not be opened: ${sayError(error)}`, { cause: error })
  }
}

function keepOf({ name, keep }: App, config: unknown): Keep | undefined {
  if (typeof keep !== 'function') return keep
  try {
    return checkKeep(keep(config))
  } catch (error) {
    throw new Error(`The app "${name}" could not be opened: ${sayError(error)}`, { cause: error })
  }
}

/** Loads the app at `place`, reads its config, and opens it and its backend. */
export async function openApp(place: AppPlace, log: Log): Promise<OpenApp> {
  const { name, opened, done, keep, close } = await assembleApp(place, log)
  const backend = await openOwnOr(opened.backend, place.db, log)
  const { workflow, context, idOf, seed, cron, upkeep, log: ownLog = log } = opened
  const serve = place.serve ? { ...opened.serve, ...place.serve } : opened.serve
  return {
    name,
    workflow,
    seed,
    cron,
    upkeep,
    done,
    keep,
    serve,
    log: ownLog,
    backend,
    makeQueues: ({ suspects = 'here', concurrency } = {}) =>
      refusedAsUsage(
        ['conflict'],
        makeQueues(workflow, backend, name, {
          ...{ log: ownLog, idOf, suspects, concurrency },
          rollback: place.rollback ?? false,
        }),
      ),
    entry() {
      const { enter } = layOut(workflow, name)
      return idOf ? matchingId(enter, workflow.input, idOf) : enter
    },
    makeContext: ({ input, output, send }) =>
      makeContext(name, context, { input, output, send, journey: (id) => backend.journey(name, id) }),
    travel: async () => makeTravel(await placeOf()),
    bulk: async () => makeBulk({ ...(await placeOf()), log: ownLog }),
    checkAddress(host) {
      const fault = addressFault({ ...serve, ...(host !== undefined && { host }) })
      if (!fault) return
      const isTold = host !== undefined && fault.key === 'host'
      const line = isTold ? '--host' : placeInConfig(place.config, ['serve', fault.key])
      throw new UsageError(`${line ?? `The app "${name}"`}: ${fault.message}`)
    },
    async close() {
      await backend.close()
      await close()
    },
  }

  async function placeOf(): Promise<TravelPlace> {
    const laid = layOut(workflow, name)
    const deploys = await backend.deploys(name)
    const own = deploys.find((each) => each.fingerprint === fingerprint(workflow, laid))
    return {
      ...{ backend, workflow: name, clock: systemClock, stages: stagePlaces(laid) },
      // What is not declared yet writes in the name of the newest that is.
      deploy: own?.deploy ?? Math.max(1, ...deploys.map(({ deploy }) => deploy)),
      checkId: idOf && idCheck(workflow.input, idOf),
    }
  }
}

async function makeContext(name: string, context: Opened['context'], queues: AppQueues) {
  if (typeof context !== 'function') return context
  try {
    return await context(queues)
  } catch (error) {
    throw new Error(`The context of the app "${name}" could not be made: ${sayError(error)}`, {
      cause: error,
    })
  }
}

async function openOwnOr(given: Opened['backend'], db: string | undefined, log: Log): Promise<Backend> {
  if (db === undefined) return typeof given === 'function' ? given() : given
  return openGiven(db, { onWarning: (message) => log.warn(message) })
}
