import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The ledger is kept outside of the database, in one file for each process, so that it can contradict it. A line is
 * written by one system call before the process goes on, and survives its SIGKILL:
 *
 *   begin  a handler began; its run has a number that no other run has
 *   end    it is about to return
 *   told   the backend has answered that the result of that run is committed
 *   refused  the backend has refused that result, because its lease was lost
 *   lost   its signal has aborted, because its lease was lost
 */
export type Event = 'begin' | 'end' | 'told' | 'refused' | 'lost'

/** One line: `key` is the token and its hop (`t1:3`), `run` the process and its how-manyth run (`7.12`). */
export interface Line {
  readonly event: Event
  readonly key: string
  readonly run: string
}

/** The ledger of one process, `name`, in `folder`. */
export class Ledger {
  readonly #file: number
  readonly #name: string
  #runs = 0

  constructor(folder: string, name: string) {
    this.#file = openSync(join(folder, name), 'a')
    this.#name = name
  }

  /** The name of a new run. */
  nextRun(): string {
    return `${this.#name}.${++this.#runs}`
  }

  write(event: Event, key: string, run: string): void {
    writeSync(this.#file, `${event} ${key} ${run}\n`)
  }
}

/** Every line of every process, or of those named. */
export function readLedger(folder: string, names: readonly string[] = readdirSync(folder)): readonly Line[] {
  return names.flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [event, key, run] = line.split(' ')
        return { event: event as Event, key: key!, run: run! }
      }),
  )
}

/** The runs that a process had begun and not brought to an end. */
export function unfinished(lines: readonly Line[]): readonly Line[] {
  const answered = new Set(
    lines.filter(({ event }) => event !== 'begin' && event !== 'end').map(({ run }) => run),
  )
  return lines.filter(({ event, run }) => event === 'begin' && !answered.has(run))
}
