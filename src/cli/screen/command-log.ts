import type { Log } from '../../run/log.ts'
import { isLoud, jsonLine, type Level, type LogLine, lineLog, plainLine } from './line-log.ts'
import type { Screen } from './screen.ts'
import type { Terminal } from './terminal.ts'

/** How a command of this process logs. */
export interface CommandLog {
  readonly log: Log
  /** Writes a line that another process has logged. */
  readonly line: (line: LogLine) => void
}

/** Options of a log: JSON, and the least level; by default `info`, or `debug` with PIPEWRIGHT_DEBUG. */
export interface LogOptions {
  readonly json?: boolean
  readonly logLevel?: Level
}

/** The log of the process `name`: lines of JSON with `json`, else for people, on `screen`. */
export function commandLog(
  name: string,
  { screen, terminal }: { readonly screen: Screen; readonly terminal: Terminal },
  options: LogOptions,
): CommandLog {
  const least = leastOf(options)
  const say = (line: LogLine) => (options.json ? jsonLine(line) : plainLine(line, terminal.paint))
  const line = (each: LogLine) => {
    if (isLoud(each.level, least)) screen.pass(say(each))
  }
  return { log: lineLog({ process: name, write: line, least }), line }
}

/** The least level of a line. */
export function leastOf({ logLevel }: LogOptions): Level {
  return logLevel ?? (isDebugging() ? 'debug' : 'info')
}

/** Whether PIPEWRIGHT_DEBUG asks for debug lines. */
export function isDebugging(): boolean {
  const { PIPEWRIGHT_DEBUG } = process.env
  return Boolean(PIPEWRIGHT_DEBUG)
}
