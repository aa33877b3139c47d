import { dirname, resolve } from 'node:path'
import { describe } from '../../pipeline/fingerprint.ts'
import { sentence } from '../../queue/sentence.ts'
import type { Issue, Schema } from '../../schema/schema.ts'
import { ConfigError, refuseConfig } from './config-error.ts'
import { type GivenConfig, readConfigFile } from './config-file.ts'
import { resolvePaths } from './resolve-paths.ts'
import { findUnknownKeys } from './unknown-keys.ts'

/**
 * The config in the YAML file `path`, as `schema` wants it; without a file the schema's defaults. Relative paths in it
 * are meant from the file's folder, or from the current one without a file. Throws `ConfigError`.
 */
export async function readConfig<Config>(schema: Schema<Config>, path?: string): Promise<Config> {
  if (path !== undefined) return checkConfig(schema, readConfigFile(path))
  return resolvePaths(describeConfig(schema), await defaults(schema), configFolder(path))
}

/** The config that was given, as `schema` wants it. Throws a `ConfigError` with a line for each fault. */
export async function checkConfig<Config>(
  schema: Schema<Config>,
  { value, folder, at }: GivenConfig,
): Promise<Config> {
  const description = describeConfig(schema)
  const unknown = findUnknownKeys(description, value).map(
    (keys) => `${at(keys)}: ${sayKey(keys)} is not known here; remove it or correct its name.`,
  )
  if (unknown.length > 0) throw refuseConfig(unknown)
  const result = await schema['~standard'].validate(value)
  if (!result.issues) return resolvePaths(description, result.value, folder)
  const faults = result.issues.map((issue) => {
    const keys = keysOf(issue)
    return `${at(keys)}: ${sayKey(keys)}: ${sayIssue(issue, valueAt(value, keys))}`
  })
  throw refuseConfig(faults)
}

// zod's options: a date, say, has no JSON Schema, and the keys beside it should be described all the same.
function describeConfig(schema: Schema): unknown {
  return describe(schema, { unrepresentable: 'any' })
}

/** The folder that relative paths in the config at `path` are meant from. */
export function configFolder(path: string | undefined): string {
  return path === undefined ? process.cwd() : dirname(resolve(path))
}

/** The file and line of `keys` in the config at `path`, as `c.yaml:3`; undefined where they are not in it. */
export function placeInConfig(path: string | undefined, keys: readonly string[]): string | undefined {
  if (path === undefined) return undefined
  const file = readConfigFile(path)
  return file.has(keys) ? file.at(keys) : undefined
}

async function defaults<Config>(schema: Schema<Config>): Promise<Config> {
  const result = await schema['~standard'].validate({})
  if (!result.issues) return result.value
  const missing = result.issues.map((issue) => sayKey(keysOf(issue))).join(', ')
  throw new ConfigError(
    `This app needs a config file (--config FILE.yaml): it has no default for ${missing}.`,
  )
}

function valueAt(value: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key],
    value,
  )
}

function keysOf({ path = [] }: Issue): readonly PropertyKey[] {
  return path.map((step) => (typeof step === 'object' ? step.key : step))
}

function sayKey(keys: readonly PropertyKey[]): string {
  return keys.length === 0 ? 'the config' : `"${keys.map(String).join('.')}"`
}

function sayIssue({ message }: Issue, found: unknown): string {
  const isScalar = typeof found === 'number' || typeof found === 'boolean'
  if (found === undefined) return sentence(`it is missing (${message})`)
  // The value is not repeated: it may be secret.
  return isScalar && /string/i.test(message) ? `${message}; write it in quotes.` : sentence(message)
}
