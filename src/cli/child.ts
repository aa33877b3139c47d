import type { ChildProcess } from 'node:child_process'
import type { Log } from '../run/log.ts'
import { afterCrash, type Crash } from './crash-policy.ts'
import { exitCodes } from './exit-code.ts'
import { type ChildSpec, type End, forkProcess } from './fork-process.ts'
import type { LogLine } from './line-log.ts'

/*
 * A supervised process.
 *
 * It is forked into a session of its own, so that a Ctrl-C in the terminal reaches the supervisor alone, which then
 * asks each child once. It holds on to the supervisor by the IPC channel: when that closes, also because the
 * supervisor was killed, the child stops by itself. It writes log lines as JSON to its standard output; all else
 * that comes from it becomes a log line as it is. When it ends without having been asked to, it has crashed, and is
 * started again after a while, unless it crashes again and again as soon as it has started, or says by its exit code
 * that it would be refused again.
 */

/** How a child tells what becomes of it. */
export interface ChildListener {
  readonly log: Log
  readonly line: (line: LogLine) => void
  /** It has crashed too often; `sentence` says so. It is not started again. */
  readonly gaveUp: (sentence: string) => void
  /** It was refused, and would be again; `sentence` says so. It is not started again. */
  readonly refused: (sentence: string, child: Child) => void
}

/** One process that is kept running until `stop`. */
export class Child {
  /** Resolves when it has ended and will not be started again. */
  readonly ended: Promise<void>
  /** Resolves when it has come up once, or has ended. */
  readonly ready: Promise<void>
  readonly name: string
  /** The command that it runs. */
  readonly command: string | undefined
  readonly #spec: ChildSpec
  readonly #listener: ChildListener
  readonly #crashes: Crash[] = []
  #startedAt = 0
  #isUp = false
  #process: ChildProcess | undefined
  #again: NodeJS.Timeout | undefined
  #stopping = false
  #hasEnded = false
  #resolveEnded: () => void = () => {}
  #resolveReady: () => void = () => {}

  constructor(spec: ChildSpec, listener: ChildListener) {
    this.name = spec.name
    this.command = spec.args[0]
    this.#spec = spec
    this.#listener = listener
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve))
    this.ready = new Promise((resolve) => (this.#resolveReady = resolve))
    this.#start()
  }

  /** Whether it has ended and will not be started again. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Asks it to end, once. */
  stop(): void {
    if (this.#stopping) return
    this.#stopping = true
    clearTimeout(this.#again)
    if (this.#process) this.#process.kill('SIGTERM')
    else this.#end()
  }

  /** Asks it again, to end at once. */
  hurry(): void {
    this.stop()
    this.#process?.kill('SIGTERM')
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
    this.#startedAt = performance.now()
    this.#isUp = false
    this.#process = forkProcess(this.#spec, {
      line: this.#listener.line,
      ready: () => {
        this.#isUp = true
        this.#resolveReady()
      },
      ended: (child, end) => this.#goOn(child, end),
    })
  }

  #end(): void {
    this.#hasEnded = true
    this.#resolveEnded()
    this.#resolveReady()
  }

  /** Starts it again, if it may be. */
  #goOn(child: ChildProcess, { how, code }: End): void {
    if (this.#process !== child) return
    this.#process = undefined
    if (this.#stopping) return this.#end()
    if (code === exitCodes.usage) {
      this.#end()
      return this.#listener.refused(`Process ${this.name} was refused; see its lines above.`, this)
    }
    const at = performance.now()
    const isShort = child.pid === undefined && isShortage.test(how)
    // On a busy machine it may take long to find out that it cannot come up.
    if (!isShort) this.#crashes.push({ at, ranMs: this.#isUp ? at - this.#startedAt : 0 })
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
