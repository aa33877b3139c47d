import type { AppPlace } from '../../app/open-app.ts'
import type { Level } from '../screen/line-log.ts'
import type { ChildSpec } from './fork-process.ts'
import { placeArgs } from './place-args.ts'
import { leaveWhenIdle } from './work.ts'

/** The settings of the processes of an app. */
export interface ProcessSettings {
  /** How many worker processes; from 1. */
  readonly workers: number
  /** Where the review API listens, instead of where the app says. */
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly logLevel?: Level | undefined
}

/** The processes that run all the time: workers, which do not lease suspects, and the API if it is to be served. */
export function specsOf(place: AppPlace, settings: ProcessSettings, hasApi: boolean): readonly ChildSpec[] {
  const { workers, host, port } = settings
  const names = workers === 1 ? ['worker'] : Array.from({ length: workers }, (_, i) => `worker-${i + 1}`)
  const usual = usualArgs(place, settings)
  const specs = names.map((name) => ({ name, args: ['work', '--suspects=elsewhere', ...usual] }))
  const address = optionArgs({ '--host': host, '--port': port })
  return hasApi ? [...specs, { name: 'serve', args: ['serve', ...address, ...usual] }] : specs
}

/** The process that works on suspects only, and leaves when there are none. */
export function onDemand(place: AppPlace, settings: ProcessSettings): ChildSpec {
  const args = ['work', '--suspects=only', leaveWhenIdle, ...usualArgs(place, settings)]
  return { name: 'suspects', args, onDemand: true }
}

function usualArgs(place: AppPlace, { logLevel }: ProcessSettings): readonly string[] {
  return [...optionArgs({ '--log-level': logLevel }), ...placeArgs(place)]
}

function optionArgs(options: Readonly<Record<string, string | number | undefined>>): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
}
