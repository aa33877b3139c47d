import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Document, LineCounter } from 'yaml'
import { describe } from '../../pipeline/fingerprint.ts'
import { sentence } from '../../queue/sentence.ts'
import { isOf } from '../../queue/thrown.mjs'
import type { Issue, Schema } from '../../schema/schema.ts'
import { ConfigError, refuseConfig } from './config-error.ts'
import { readYaml } from './read-yaml.ts'
import { resolvePaths } from './resolve-paths.ts'
import { findUnknownKeys } from './unknown-keys.ts'

const maxBytes = 1_000_000

/**
 * The config in the YAML file `path`, as `schema` wants it; without a file the schema's defaults. Relative paths in it
 * are meant from the file's folder, or from the current one without a file. Throws `ConfigError`.
 */
export async function readConfig<Config>(schema: Schema<Config>, path?: string): Promise<Config> {
  const config = await (path === undefined ? defaults(schema) : readFile(schema, path))
  return resolvePaths(describeConfig(schema), config, configFolder(path))
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
  const lines = new LineCounter()
  const doc = readYaml(path, readText(path), lines)
  return doc.hasIn(keys) ? `${path}:${lineOf(doc, keys, lines)}` : undefined
}

async function readFile<Config>(schema: Schema<Config>, path: string): Promise<Config> {
  const lines = new LineCounter()
  const doc = readYaml(path, readText(path), lines)
  const value = toValue(doc, path)
  const at = (where: readonly PropertyKey[]) => `${path}:${lineOf(doc, where, lines)}`
  const unknown = findUnknownKeys(describeConfig(schema), value).map(
    (keys) => `${at(keys)}: ${sayKey(keys)} is not known here; remove it or correct its name.`,
  )
  if (unknown.length > 0) throw refuseConfig(unknown)
  const result = await schema['~standard'].validate(value)
  if (!result.issues) return result.value
  const faults = result.issues.map((issue) => {
    const keys = keysOf(issue)
    return `${at(keys)}: ${sayKey(keys)}: ${sayIssue(issue, doc.getIn(keys))}`
  })
  throw refuseConfig(faults)
}

async function defaults<Config>(schema: Schema<Config>): Promise<Config> {
  const result = await schema['~standard'].validate({})
  if (!result.issues) return result.value
  const missing = result.issues.map((issue) => sayKey(keysOf(issue))).join(', ')
  throw new ConfigError(
    `This app needs a config file (--config FILE.yaml): it has no default for ${missing}.`,
  )
}

function readText(path: string): string {
  try {
    const stats = statSync(path)
    if (!stats.isFile()) throw new ConfigError(`The config ${path} is not a file.`)
    if (stats.size > maxBytes) {
      throw new ConfigError(`The config ${path} is ${stats.size} bytes long; ${maxBytes} are allowed.`)
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    if (error instanceof ConfigError) throw error
    if (isOf(error, 'TypeError')) throw new ConfigError(`The config ${path} is not UTF-8 text.`)
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : code
    throw new ConfigError(`The config ${path} could not be read: ${why}.`, { cause: error })
  }
}

function toValue(doc: Document.Parsed, path: string): object {
  const value: unknown = doc.toJS({ maxAliasCount: -1 })
  if (value === null) {
    throw new ConfigError(
      `The config ${path} is empty; write {} into it if all the defaults are meant, or leave out --config.`,
    )
  }
  if (typeof value === 'object' && !Array.isArray(value)) return value
  throw new ConfigError(`${path}:1: A config is a list of keys and values, as in "workers: 2".`)
}

/** The line of the value at `keys`, or of the last key on the way that is there. */
function lineOf(doc: Document.Parsed, keys: readonly PropertyKey[], lines: LineCounter): number {
  for (let length = keys.length; length >= 0; length--) {
    const node = doc.getIn(keys.slice(0, length), true) as { range?: readonly number[] } | undefined
    if (node?.range) return lines.linePos(node.range[0]!).line
  }
  return 1
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
