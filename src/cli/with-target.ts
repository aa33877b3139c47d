import type { Command } from 'commander'
import { databaseName, fileName } from './app-options.ts'
import { type OpenTarget, openTarget, type Target } from './open-target.ts'
import { commandLog } from './screen/command-log.ts'
import { makeScreen } from './screen/screen.ts'
import type { Terminal } from './screen/terminal.ts'

/** What `--db` is, where the queues are looked at. */
export const usualDatabase =
  'where the queues are: a SQLite file, or a URL (by default queues.db in this folder)'

/** Adds the options that say which database `command` is about. */
export function addTarget(command: Command): Command {
  return command
    .option('--db <database>', usualDatabase, databaseName)
    .option('--app <app>', 'take the database of this app', fileName)
    .option('--config <file>', "the app's config, a YAML file", fileName)
    .option('--json', 'answer in JSON')
}

/** Opens the database that `target` names, does `act` with it, and closes it. */
export async function withTarget<T>(
  target: Target & { readonly json?: boolean },
  terminal: Terminal,
  act: (open: OpenTarget) => Promise<T>,
): Promise<T> {
  const { log } = commandLog('cli', { screen: makeScreen(terminal), terminal }, target)
  const open = await openTarget(target, log)
  try {
    return await act(open)
  } finally {
    await open.close()
  }
}
