import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { hasPassword, placeOf } from '../app/database/place.ts'
import { UsageError } from '../app/usage-error.ts'
import { type Level, levels } from './screen/line-log.ts'

/** Adds the options that say how an app is opened. */
export function addAppOptions(command: Command): Command {
  return command
    .option('--config <file>', "the app's config, a YAML file", fileName)
    .option('--db <database>', "a database to use instead of the app's own: a file, or a URL", databaseName)
    .option('--json', 'answer, and log, in JSON')
}

/** Adds the option that lets an older version make its queues again. */
export function addRollback(command: Command): Command {
  return command.option(
    '--rollback',
    'start an older version, though a newer one has renamed or left out queues that it makes',
  )
}

/** Adds the option that says how much is logged. */
export function addLogLevel(command: Command): Command {
  return command.addOption(new Option('--log-level <level>', 'what is logged at least').choices(levels))
}

/** Adds the options that say where the review API listens. */
export function addAddress(command: Command): Command {
  return command
    .option('--host <address>', 'where the API listens; any but a loopback address needs a token in the app')
    .option('--port <n>', 'the port that it listens on; 0 takes a free one', wholeNumber(0, 65_535))
}

/** What those options give. */
export interface AddressOptions {
  readonly host?: string
  readonly port?: number
}

/** What the options of an app give. */
export interface AppOptions {
  readonly config?: string
  readonly db?: string
  readonly json?: boolean
  readonly rollback?: boolean
  readonly logLevel?: Level
}

/** Reads the name of a file; for the argument of an option. */
export function fileName(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('It is the name of a file.')
}

/**
 * Reads what names a database, a path or a URL; for the argument of an option. Throws a `UsageError` for a URL with a password, without
 * repeating it.
 */
export function databaseName(text: string): string {
  return readDatabase('--db', text)
}

/** The same for the argument of a command. */
export function targetName(text: string): string {
  return readDatabase('the target', text)
}

function readDatabase(what: string, text: string): string {
  if (text === '') throw new InvalidArgumentError('It is a file or a URL.')
  if (hasPassword(text)) {
    const way = /^http/i.test(text) ? asToken : asPassword
    throw new UsageError(
      `The URL of ${what} has a password, which every user of this machine can see among the processes: leave it out, and give ${way}.`,
    )
  }
  try {
    placeOf(text)
    return text
  } catch (error) {
    throw new UsageError(`${what}: ${(error as Error).message}`, { cause: error })
  }
}

const asPassword = 'it by a file that PGPASSFILE names, by ~/.pgpass, or by PGPASSWORD in the environment'
const asToken = 'a token by PIPEWRIGHT_BACKEND_TOKEN in the environment'

/** Reads a whole number from `least` to `most`; for the argument of an option. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`)
  }
}

/** Reads a list that is separated by commas; for the argument of an option. */
export function commaList(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.every((part) => part !== '')) return parts
  throw new InvalidArgumentError('It is a list such as A,B.')
}

/** Reads numbers from 1 by the places of workers, `A=4,B=2`; for the argument of an option. */
export function numbersByPlace(text: string): ReadonlyMap<string, number> {
  const pairs = commaList(text).map((part) => /^(.+)=([1-9]\d{0,3})$/.exec(part))
  if (pairs.every((pair) => pair !== null)) return new Map(pairs.map(([, place, n]) => [place!, Number(n)]))
  throw new InvalidArgumentError('It is a list such as A=4,B=2, of numbers from 1 to 9999.')
}
