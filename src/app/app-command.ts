import type { Writable } from 'node:stream'
import type { Log } from '../run/log.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import type { MaybePromise } from '../schema/schema.ts'

/** Something else that an app can do, by `pipewright do APP NAME`. It opens no queues. */
export interface AppCommand<Config = any> {
  /** What it does, in a line of the help. */
  readonly about: string
  /** Does it. `args` are the words after its name, options included; what it throws ends the command with exit code 1. */
  readonly run: (args: readonly string[], given: CommandGiven<Config>) => MaybePromise<void>
}

/** What a command of an app is given. */
export interface CommandGiven<Config> {
  readonly config: Config
  /** Takes what it prints. */
  readonly out: Writable
  readonly log: Log
  /** Aborts at SIGINT and SIGTERM, and when the reader of `out` has gone. */
  readonly signal: AbortSignal
}

const commandKeys = keysOf<AppCommand>({ about: true, run: true })

/** What is wrong with the commands of an app; undefined if nothing is. */
export function faultOfCommands(commands: Readonly<Record<string, AppCommand>>): string | undefined {
  for (const [name, command] of Object.entries(commands)) {
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(name))
      return `${JSON.stringify(name)} is no name of a command: a small letter, then small letters, digits and "-".`
    try {
      refuseUnread(`its command "${name}" has`, command, commandKeys)
    } catch (error) {
      return (error as Error).message
    }
    if (typeof command.run !== 'function' || typeof command.about !== 'string')
      return `its command "${name}" is not { about, run }.`
  }
  return undefined
}
