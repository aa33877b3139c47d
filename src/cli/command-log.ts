import type { Log } from '../run/log.ts'
import { jsonLine, type LogLine, lineLog, plainLine } from './line-log.ts'
import type { Screen } from './screen.ts'
import type { Terminal } from './terminal.ts'

/** How a command of this process logs. */
export interface CommandLog {
  readonly log: Log
  /** Writes a line that another process has logged. */
  readonly line: (line: LogLine) => void
}

/** The log of the process `name`: lines of JSON with `json`, else for people, on `screen`. */
export function commandLog(
  name: string,
  {
    screen,
    terminal,
    json,
  }: { readonly screen: Screen; readonly terminal: Terminal; readonly json: boolean },
): CommandLog {
  const line = (each: LogLine) => screen.pass(json ? jsonLine(each) : plainLine(each, terminal.paint))
  return { log: lineLog({ process: name, write: line, debug: isDebugging() }), line }
}

/** Whether PIPEWRIGHT_DEBUG asks for more than people usually want to read. */
export function isDebugging(): boolean {
  const { PIPEWRIGHT_DEBUG } = process.env
  return Boolean(PIPEWRIGHT_DEBUG)
}
