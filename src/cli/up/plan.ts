import { concurrencyByQueue, workersOf } from '../../app/concurrency-by-queue.ts'
import { ConfigError } from '../../app/config/config-error.ts'
import { isAtPlace, outputPlace } from '../../app/find-runnables.ts'
import type { OpenApp } from '../../app/open-app.ts'
import type { UpFile } from '../../app/up/read-up-file.ts'
import type { ProcessesSettings } from '../../app/up/up-schema.ts'
import { layOut } from '../../pipeline/lay-out.ts'
import { didYouMean } from '../../schema/did-you-mean.ts'
import { addressFault } from '../../serve/address-fault.ts'
import type { Level } from '../screen/line-log.ts'
import type { ChildSpec } from '../supervise/fork-process.ts'
import { takesHanded } from '../supervise/handed.ts'
import { leaveWhenIdle } from '../supervise/work.ts'
import type { GroupSpec } from './group.ts'

/** What is to run. */
export interface Plan {
  readonly groups: readonly GroupSpec[]
  /** The process that works on suspects only, and leaves when there are none. */
  readonly suspects: ChildSpec
}

/** The process that works in all stages that have none of their own. */
const others = 'worker'

/** What `file` wants to run of `app`. Throws a `ConfigError` with the line where it wants what the app has not. */
export function planOf(file: UpFile, app: OpenApp, level: Level): Plan {
  const { settings, config, db } = file
  const places = placesOf(app)
  checkRun(file, app, places)
  const shared = {
    env: settings.env,
    handed: { config: config.value, folder: config.folder, serve: settings.serve, db, up: file.path },
  }
  const end = [`--log-level=${level}`, takesHanded, '--', settings.app]
  const own = Object.keys(settings.run).filter((name) => name !== others)
  const numbers = concurrencyOfAll(file, app)
  const child = (...args: readonly string[]) => ({ ...shared, args: [...args, ...end] })
  const isOwn = (place: string) => own.some((name) => isAtPlace(place, name))
  const groupOf = (name: string, isIn: (place: string) => boolean, arg: readonly string[]): GroupSpec => {
    const { processes = 1, concurrency = settings.concurrency }: Partial<ProcessesSettings> =
      settings.run[name] ?? {}
    const args = ['--suspects=elsewhere', ...arg, ...concurrencyArg(numbers, isIn)]
    return { name, processes, concurrency, child: child('work', ...args) }
  }
  const rest = places.filter((place) => !isOwn(place))
  const except = own.length > 0 ? [`--except=${own.join(',')}`] : []
  const isRest = rest.length > 0 || own.length === 0
  return {
    groups: [
      ...own.map((name) => groupOf(name, (place) => isAtPlace(place, name), [`--only=${name}`])),
      ...(isRest ? [groupOf(others, (place) => !isOwn(place), except)] : []),
      ...(hasApi(file, app) ? [{ name: 'serve', processes: 1, isAlone: true, child: child('serve') }] : []),
    ],
    suspects: {
      ...{ name: 'suspects', onDemand: true },
      ...child('work', '--suspects=only', leaveWhenIdle, ...concurrencyArg(numbers)),
    },
  }
}

/** Where processes can work: the workers, the loops of the app's own, and the output if the app wants it taken. */
function placesOf({ workflow, name, done }: OpenApp): readonly string[] {
  const laid = layOut(workflow, name)
  const inLoops = new Set(laid.loops.values())
  const byHand = laid.specs.flatMap(({ name: queue, role }) =>
    role === 'stage' && !inLoops.has(queue) ? [queue.slice(name.length + 1)] : [],
  )
  return [...laid.loops.keys(), ...byHand, ...(done ? [outputPlace] : [])]
}

function checkRun({ settings, isServed, at }: UpFile, app: OpenApp, places: readonly string[]): void {
  for (const [name, { concurrency }] of Object.entries(settings.run)) {
    if (name === others) continue
    // The loops of a stage of the app's own have names below its queue's.
    if (!places.some((place) => isAtPlace(place, name) || isAtPlace(name, place))) {
      throw new ConfigError(
        `${at(['run', name])}: There is no stage "${name}" in which processes work; there is ${[...places, others].join(', ')}.${didYouMean(name, places)}`,
      )
    }
    if (concurrency === undefined) continue
    try {
      concurrencyByQueue(app, new Map([[name, concurrency]]))
    } catch (error) {
      throw new ConfigError(`${at(['run', name, 'concurrency'])}: ${(error as Error).message}`)
    }
  }
  const fault = isServed ? addressFault({ ...app.serve }) : undefined
  if (fault) throw new ConfigError(`${at(['serve', fault.key])}: ${fault.message}`)
}

function hasApi({ isServed }: UpFile, app: OpenApp): boolean {
  if (!isServed) return false
  const hasDesks = layOut(app.workflow, app.name).specs.some(({ role }) => role === 'review')
  return hasDesks || app.serve !== undefined
}

/** How many tokens are worked on at once, by worker: what the file says of its stage, else of all those that it does not name, else of all. */
function concurrencyOfAll({ settings }: UpFile, app: OpenApp): ReadonlyMap<string, number> {
  const { run, concurrency: usual } = settings
  return new Map(
    [...workersOf(app).keys()].flatMap((place) => {
      const name = Object.keys(run)
        .filter((each) => isAtPlace(place, each))
        .toSorted((one, other) => other.length - one.length)[0]
      const number = run[name ?? others]?.concurrency ?? usual
      return number === undefined ? [] : [[place, number] as const]
    }),
  )
}

function concurrencyArg(
  numbers: ReadonlyMap<string, number>,
  isIn: (place: string) => boolean = () => true,
): readonly string[] {
  const own = [...numbers].filter(([place]) => isIn(place))
  return own.length === 0 ? [] : [`--concurrency=${own.map((pair) => pair.join('=')).join(',')}`]
}
