import { fdatasyncSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What is written down outside of the database, by each process in a file of its own, so that it can contradict the database:
 *
 *   begin, end     a stage has begun with a stay (`key` is the token and its hop), or is about to return; `run` is unique
 *   told, refused  the backend has answered that the result of that run is committed, or that its lease was lost
 *   ask, in, out   a caller asks for a push of `key` under `run` (the key of `once`), and was told that it is in, or was in already
 *   cancel, edit   a person asks for it; a second line, `cancelled` or `edited`, when the answer was yes
 */
export interface Entry {
  readonly at: number
  readonly event: string
  readonly key: string
  readonly run: string
  readonly more: string
}

/** The journal of one process, `name`, in `folder`: a line is on the disk before the process goes on. */
export class Journal {
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

  write(event: string, key: string, run = '-', more = '-'): void {
    writeSync(this.#file, `${Date.now()} ${event} ${key} ${run} ${more}\n`)
    fdatasyncSync(this.#file)
  }
}

/** Every line of every process, in the order of their times. */
export function readJournals(folder: string): readonly Entry[] {
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [at, event = '', key = '', run = '', more = ''] = line.split(' ')
      return { at: Number(at), event, key, run, more }
    })
    .sort((a, b) => a.at - b.at)
}
