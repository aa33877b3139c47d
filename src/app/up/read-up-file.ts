import { resolve as resolvePath } from 'node:path'
import { refuseConfig } from '../config/config-error.ts'
import { type ConfigFile, type GivenConfig, readConfigFile } from '../config/config-file.ts'
import { checkConfig } from '../config/read-config.ts'
import { resolveDatabase } from '../database/database-url.ts'
import { loadApp } from '../load-app.ts'
import { isOlder, olderOf, refuseSecrets, translate } from './older-shape.ts'
import { resolveReferences } from './references.ts'
import { laterKeys, UpSchema, type UpSettings } from './up-schema.ts'

/** What `pipewright up` was told, checked as far as it can be without the app. */
export interface UpFile {
  readonly path: string
  readonly settings: Omit<UpSettings, 'config'>
  /** Whether there is to be an API, if the app has one. */
  readonly isServed: boolean
  /** The config of the app; `{}` where its defaults are meant. Relative paths are meant from the folder of the file that it is in. */
  readonly config: GivenConfig
  /** The database that is used instead of the app's own backend. */
  readonly db: string | undefined
  /** What has come from outside of the file, and must be seen nowhere. */
  readonly secrets: readonly string[]
  /** What was understood in another way than it is written, a sentence each. */
  readonly notes: readonly string[]
  /** Where the value at `keys` stands: `pipewright.yaml:3`. */
  readonly at: GivenConfig['at']
}

/** How the file is to be understood. */
export interface UpReading {
  /** What `${env:NAME}` refers to. */
  readonly env: NodeJS.ProcessEnv
  /** The app of a file that does not name one: files of the older shape did not. */
  readonly app?: string | undefined
  /** The database, in place of what the file says. */
  readonly db?: string | undefined
}

/** Reads the file of `pipewright up` at `path`. Throws a `ConfigError` with a line for each fault. */
export async function readUpFile(path: string, { env, app, db }: UpReading): Promise<UpFile> {
  const file = readConfigFile(path)
  refuseLater(file)
  const { secrets, value, at, notes } = await (isOlder(file.value)
    ? readOlder(file, path, { env, app })
    : { ...resolve(file, env), at: file.at, notes: [] })
  const spelt = { ...spellOut(value), ...(app !== undefined && { app: resolvePath(app) }) }
  const settings = await checkConfig(UpSchema, { ...file, value: spelt, at })
  const config = configOf({ ...file, at }, settings.config, env)
  return {
    ...{ path, settings, config: config.given, at, notes },
    isServed: !('serve' in value && value.serve === false),
    db: db === undefined ? settings.backend : resolveDatabase(db, process.cwd()),
    secrets: [...secrets, ...config.secrets],
  }
}

async function readOlder(file: ConfigFile, path: string, { env, app }: UpReading) {
  const { app: own } = file.value as { app?: unknown }
  const module = app ?? (typeof own === 'string' ? resolvePath(file.folder, own) : undefined)
  if (module === undefined)
    throw refuseConfig([
      `${file.at([])}: This file has the older shape, and does not name the app: \`pipewright up ${path} --app FILE.ts\`, or "app: FILE.ts" in it.`,
    ])
  const loaded = await loadApp(module)
  refuseSecrets(file.value, { older: olderOf(loaded, file), path, at: file.at })
  const { value, secrets } = resolve(file, env)
  return { secrets, ...(await translate({ ...file, value }, loaded)) }
}

function refuseLater({ value, at }: ConfigFile): void {
  const faults = Object.keys(value)
    .filter((key) => laterKeys.has(key))
    .map(
      (key) =>
        `${at([key])}: "${key}" is for pipelines without an app of their own, which this version does not run.`,
    )
  if (faults.length > 0) throw refuseConfig(faults)
}

function resolve({ value, at, folder }: ConfigFile, env: NodeJS.ProcessEnv) {
  const faults: string[] = []
  const resolved = resolveReferences(value, {
    ...{ env, folder },
    fault: (keys, what) => faults.push(`${at(keys)}: "${keys.map(String).join('.')}" ${what}`),
  })
  if (faults.length > 0) throw refuseConfig(faults)
  return { value: resolved.value as object, secrets: resolved.secrets }
}

/** `value` with `stamp: 2` written as `stamp: { processes: 2 }`, variables as texts, and without `serve: false`. */
function spellOut(value: object): object {
  const { run, env, serve, ...rest } = value as { run?: unknown; env?: unknown; serve?: unknown }
  return {
    ...rest,
    ...(serve !== undefined && serve !== false && { serve }),
    ...(run !== undefined && {
      run: mapValues(run, (each) => (typeof each === 'number' ? { processes: each } : each)),
    }),
    ...(env !== undefined && {
      env: mapValues(env, (each) =>
        typeof each === 'number' || typeof each === 'boolean' ? `${each}` : each,
      ),
    }),
  }
}

function mapValues(value: unknown, map: (each: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, map(each)]))
}

function configOf(file: GivenConfig, config: UpSettings['config'], env: NodeJS.ProcessEnv) {
  if (typeof config === 'string') {
    const own = readConfigFile(config)
    const { value, secrets } = resolve(own, env)
    return { given: { ...own, value }, secrets }
  }
  const at: GivenConfig['at'] = (keys) => file.at(['config', ...keys])
  return { given: { value: config ?? {}, folder: file.folder, at }, secrets: [] }
}
