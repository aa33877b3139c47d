import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Document, LineCounter } from 'yaml'
import { isOf } from '../../queue/thrown.mjs'
import { ConfigError } from './config-error.ts'
import { readYaml } from './read-yaml.ts'

const maxBytes = 1_000_000

type Keys = readonly PropertyKey[]

/** A config as it was given: what a schema is asked about, and where each value stands. */
export interface GivenConfig {
  readonly value: object
  /** The folder that relative paths in it are meant from. */
  readonly folder: string
  /** Where the value at `keys` stands, or the last key on the way that is there: `c.yaml:3`. */
  readonly at: (keys: Keys) => string
}

/** A YAML file that is a list of keys and values. */
export interface ConfigFile extends GivenConfig {
  /** Whether there is a value at `keys`. */
  readonly has: (keys: Keys) => boolean
}

/** Reads the config in the YAML file `path`. Throws a `ConfigError`. */
export function readConfigFile(path: string): ConfigFile {
  const lines = new LineCounter()
  const doc = readYaml(path, readText(path), lines)
  return {
    value: toValue(doc, path),
    folder: dirname(resolve(path)),
    at: (keys) => `${path}:${lineOf(doc, keys, lines)}`,
    has: (keys) => doc.hasIn(keys),
  }
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
function lineOf(doc: Document.Parsed, keys: Keys, lines: LineCounter): number {
  for (let length = keys.length; length >= 0; length--) {
    const node = doc.getIn(keys.slice(0, length), true) as { range?: readonly number[] } | undefined
    if (node?.range) return lines.linePos(node.range[0]!).line
  }
  return 1
}
