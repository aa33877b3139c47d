import type { Command } from 'commander'
import { Running, type RunningFacts, Steered } from '../../serve/steering/shapes.ts'
import { databaseName, fileName } from '../app-options.ts'
import type { Terminal } from '../screen/terminal.ts'
import { findUp, type WhichUp } from './ask.ts'
import { runningJson, sayRunning } from './say-running.ts'

/** What the options give that say which `up` a command is for. */
export interface WhichOptions extends WhichUp {
  readonly json?: boolean
}

/** Adds the options that say which `up` `command` is for. */
export function addWhichUp(command: Command): Command {
  return command
    .option('--config <file>', 'the file that `up` was started with (by default as `up` finds it)', fileName)
    .option('--db <file>', 'the SQLite file on which it runs, in place of that', databaseName)
    .option('--json', 'answer in JSON')
}

/** Shows what runs, and returns it. */
export async function showRunning(options: WhichOptions, terminal: Terminal): Promise<RunningFacts> {
  const facts = Running.parse(await findUp(options).ask('GET', '/'))
  terminal.out(options.json ? JSON.stringify(runningJson(facts)) : sayRunning(facts, Date.now()))
  return facts
}

/** Asks `up` for a change, and shows what runs then. Throws a sentence on what has not worked. */
export async function steer(
  options: WhichOptions,
  terminal: Terminal,
  { path, body }: { readonly path: string; readonly body?: object },
): Promise<void> {
  const { faults, ...facts } = Steered.parse(await findUp(options).ask('POST', path, body))
  const now = Date.now()
  terminal.out(options.json ? JSON.stringify({ ...runningJson(facts), faults }) : sayRunning(facts, now))
  if (faults.length > 0) throw new Error(faults.join(' '))
}
