import { sayError } from '../../app/say-error.ts'
import type { UpFile } from '../../app/up/read-up-file.ts'
import { UsageError } from '../../app/usage-error.ts'
import type { Log } from '../../run/log.ts'
import { isLoud, jsonLine, type Level, type LogLine, levels, lineLog, plainLine } from '../screen/line-log.ts'
import { LogBook } from './log-book.ts'
import { redacting, redactLine } from './redact.ts'
import { RotatedFile } from './rotated-file.ts'

const shownFailures = 3

type Logs = UpFile['settings']['logs']

/** Where all lines of an `up` come together: shown, kept in files, remembered for `logs`; and none of them with a secret. */
export class Journal {
  readonly book = new LogBook()
  /** For the lines of `up` itself. */
  readonly log: Log
  readonly #show: (line: LogLine) => void
  readonly #shown: Level
  #secrets: readonly string[] = []
  #redact = redacting([])
  #logs: Logs
  #file: RotatedFile | undefined
  #failures: readonly string[] = []

  /** `show` is given each line that is as loud as `shown`. */
  constructor(shown: Level, show: (line: LogLine) => void) {
    this.#shown = shown
    this.#show = show
    this.log = lineLog({ process: 'up', least: 'debug', write: (line) => this.add(line) })
  }

  /** Does from now on what `file` says of logs and secrets. Secrets of before stay secret. */
  begin({ secrets, settings: { logs } }: UpFile): void {
    this.#secrets = [...new Set([...this.#secrets, ...secrets])]
    this.#redact = redacting(this.#secrets)
    if (JSON.stringify(logs) === JSON.stringify(this.#logs)) return
    this.#logs = logs
    this.#file?.close()
    this.#file =
      logs &&
      new RotatedFile(logs, ({ message }) =>
        this.log.error('The file of the log cannot be written to; going on without it.', { error: message }),
      )
  }

  /** The least loud lines that are shown or kept. */
  get level(): Level {
    const kept = this.#logs?.level ?? this.#shown
    return levels[Math.min(levels.indexOf(kept), levels.indexOf(this.#shown))]!
  }

  /** The last warnings and errors, the newest last, a line each. */
  get failures(): readonly string[] {
    return this.#failures
  }

  /** Takes a line of `up` or of one of its processes. */
  add(line: LogLine): void {
    if (!isLoud(line.level, this.level)) return
    const safe = redactLine(line, this.#redact)
    this.book.add(safe)
    if (isLoud(line.level, 'warn'))
      this.#failures = [...this.#failures, sayFailure(safe)].slice(-shownFailures)
    if (isLoud(line.level, this.#shown)) this.#show(safe)
    if (isLoud(line.level, this.#logs?.level ?? this.#shown)) this.#file?.write(jsonLine(safe))
  }

  /** `error`, or if its sentence has a secret another one without it. */
  plain(error: unknown): unknown {
    const said = sayError(error)
    const safe = this.#redact(said)
    if (safe === said) return error
    return error instanceof UsageError ? new UsageError(safe) : new Error(safe)
  }

  close(): void {
    this.#file?.close()
  }
}

function sayFailure(line: LogLine): string {
  return plainLine(line, (_, text) => text).split('\n')[0]!
}
