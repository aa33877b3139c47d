import type { Log } from '../../run/log.ts'
import { commandLog, type LogOptions, leastOf } from '../screen/command-log.ts'
import { jsonLine, type LogLine, lineLog } from '../screen/line-log.ts'
import { makeScreen } from '../screen/screen.ts'
import type { Terminal } from '../screen/terminal.ts'
import { supervisedAs } from './fork-process.ts'

/** The log of a process that works: JSON for the supervisor if there is one, else as `commandLog` has it. */
export function processLog(name: string, terminal: Terminal, options: LogOptions): Log {
  const supervised = process.env[supervisedAs]
  if (supervised === undefined)
    return commandLog(name, { screen: makeScreen(terminal), terminal }, options).log
  // Processes that this one starts must not take themselves for supervised.
  delete process.env[supervisedAs]
  const write = (line: LogLine) => terminal.out(jsonLine(line))
  return lineLog({ process: supervised, write, least: leastOf(options) })
}
