import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Log } from '../run/log.ts'
import { afterCrash, type Crash } from './crash-policy.ts'
import { type LogLine, parseLine } from './line-log.ts'
import { readLines } from './read-lines.ts'

/*
 * A supervised process.
 *
 * It is forked into a session of its own, so that a Ctrl-C in the terminal reaches the supervisor alone, which then
 * asks each child once. It holds on to the supervisor by the IPC channel: when that closes, also because the
 * supervisor was killed, the child stops by itself. It writes log lines as JSON to its standard output; whatever
 * else comes from it becomes a log line as it is. When it ends without having been asked to, it has crashed, and is
 * started again after a while, unless it crashes again and again as soon as it has started.
 */

/** What is to be run, under which name. */
export interface ChildSpec {
  readonly name: string
  readonly args: readonly string[]
  /** The script that takes them; the CLI itself unless told. */
  readonly module?: string
}

/** How a child tells what becomes of it. */
export interface ChildListener {
  readonly log: Log
  readonly line: (line: LogLine) => void
  /** It has crashed too often; `sentence` says so. It is not started again. */
  readonly gaveUp: (sentence: string) => void
}

/** Tells the process its name, and that it is supervised. */
export const supervisedAs = 'PIPEWRIGHT_SUPERVISED'

const main = fileURLToPath(
  new URL(`./main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
)
const lastLinesMs = 200

/** One process that is kept running until `stop`. */
export class Child {
  /** Resolves when it has ended and will not be started again. */
  readonly ended: Promise<void>
  readonly name: string
  readonly #spec: ChildSpec
  readonly #listener: ChildListener
  readonly #crashes: Crash[] = []
  #startedAt = 0
  #process: ChildProcess | undefined
  #again: NodeJS.Timeout | undefined
  #stopping = false
  #end: () => void = () => {}

  constructor(spec: ChildSpec, listener: ChildListener) {
    this.name = spec.name
    this.#spec = spec
    this.#listener = listener
    this.ended = new Promise((resolve) => (this.#end = resolve))
    this.#start()
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Asks it to end, once. */
  stop(): void {
    if (this.#stopping) return
    this.#stopping = true
    clearTimeout(this.#again)
    if (this.#process) this.#process.kill('SIGTERM')
    else this.#end()
  }

  /** Ends it, and all that it has started in its group, at once. */
  kill(): void {
    this.stop()
    const pid = this.#process?.pid
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It has just gone.
    }
  }

  #start(): void {
    const { args, module = main } = this.#spec
    this.#startedAt = performance.now()
    const child = fork(module, [...args], {
      detached: true,
      env: { ...process.env, [supervisedAs]: this.name },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#process = child
    const ended = once((how: string) => this.#ended(child, how))
    child.once('error', (error) => ended(`could not be started: ${error.message}`))
    child.once('close', (code, signal) => ended(sayEnd(code, signal)))
    // A process that it has started may hold its output open long after it.
    child.once('exit', (code, signal) => setTimeout(ended, lastLinesMs, sayEnd(code, signal)))
    if (child.pid === undefined) return
    readLines(child.stdout!, (text) => this.#relay(text, 'info'))
    readLines(child.stderr!, (text) => this.#relay(text, 'error'))
  }

  #relay(text: string, level: 'info' | 'error'): void {
    if (text.trim() === '') return
    const line = parseLine(text) ?? { at: Date.now(), level, message: text, fields: {} }
    this.#listener.line({ ...line, process: this.name })
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#process !== child) return
    this.#process = undefined
    if (this.#stopping) return this.#end()
    const at = performance.now()
    const isShort = child.pid === undefined && isShortage.test(how)
    if (!isShort) this.#crashes.push({ at, ranMs: at - this.#startedAt })
    const next = isShort ? { delayMs: shortageMs } : afterCrash(this.#crashes)
    if (next === 'give-up') {
      this.#end()
      return this.#listener.gaveUp(
        `Process ${this.name} ${how}, for the fifth time within a minute; see its lines above.`,
      )
    }
    this.#listener.log.error('A process ended unasked; starting it again.', { name: this.name, how, ...next })
    this.#again = setTimeout(() => this.#start(), next.delayMs)
  }
}

// No crash: the machine has no more files, processes or memory to give now.
const isShortage = /\b(EMFILE|ENFILE|EAGAIN|ENOMEM)\b/
const shortageMs = 2000

function sayEnd(code: number | null, signal: string | null): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`
}

function once<T>(act: (value: T) => void): (value: T) => void {
  let done = false
  return (value) => {
    if (done) return
    done = true
    act(value)
  }
}
