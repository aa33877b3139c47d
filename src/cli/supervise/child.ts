import type { ChildProcess } from 'node:child_process'
import type { Log } from '../../run/log.ts'
import type { LogLine } from '../screen/line-log.ts'
import { type ChildSpec, type End, forkProcess } from './fork-process.ts'
import type { Milestone } from './notify-supervisor.ts'
import { afterEnd, type Ending } from './restart-policy.ts'

/*
 * A supervised process.
 *
 * It is forked into a session of its own, so that a Ctrl-C in the terminal reaches the supervisor alone, which then
 * asks each child once. An IPC channel ties it to the supervisor: when that closes, also because the supervisor was
 * killed, the child stops by itself. It writes log lines as JSON to its standard output; all other output becomes a log
 * line as it is. It reports on the channel when it has come up, and when it begins to work. `restart-policy.ts` decides
 * what happens after an end that was not requested.
 */

/** What a child calls when it ends. */
export interface ChildListener {
  readonly log: Log
  readonly line: (line: LogLine) => void
  /** It has crashed too often; `sentence` says so. It is not started again. */
  readonly gaveUp: (sentence: string) => void
  /** It was refused, and would be again; `sentence` says so. It is not started again. */
  readonly refused: (sentence: string, child: Child) => void
}

/** How a child is just now. */
export interface ChildFacts {
  readonly pid: number | undefined
  readonly state: 'starting' | 'running' | 'ending' | 'waiting' | 'ended'
  /** Since when it is so, in milliseconds since 1970. */
  readonly since: number
  /** How often it was started again. */
  readonly restarts: number
  /** How it ended last, without being asked to. */
  readonly how: string | undefined
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
  readonly #endings: Ending[] = []
  #startedAt = 0
  #starts = 0
  #how: string | undefined
  #since = Date.now()
  readonly #reached = new Set<Milestone>()
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

  /** How it is just now. */
  get facts(): ChildFacts {
    const { pid } = this.#process ?? {}
    return { pid, state: this.#state, since: this.#since, restarts: this.#starts - 1, how: this.#how }
  }

  get #state(): ChildFacts['state'] {
    if (this.#hasEnded) return 'ended'
    if (this.#stopping) return 'ending'
    if (!this.#process) return 'waiting'
    return this.#reached.has('ready') ? 'running' : 'starting'
  }

  /** Asks it to end, once. */
  stop(): void {
    if (this.#stopping) return
    this.#stopping = true
    this.#since = Date.now()
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
    this.#starts++
    this.#since = Date.now()
    this.#reached.clear()
    this.#process = forkProcess(this.#spec, {
      line: this.#listener.line,
      message: (milestone) => {
        this.#reached.add(milestone as Milestone)
        if (milestone !== 'ready') return
        this.#since = Date.now()
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
    this.#since = Date.now()
    if (this.#stopping) return this.#end()
    this.#how = how
    const at = performance.now()
    this.#endings.push({
      ...{ at, code },
      // Its start does not count: on a busy machine it may take long until a process finds that it cannot come up.
      ranMs: this.#reached.has('ready') ? at - this.#startedAt : 0,
      hasBegun: this.#reached.has('begun'),
      isShortage: child.pid === undefined && isShortage.test(how),
    })
    const { log, gaveUp, refused } = this.#listener
    const { name } = this
    const next = afterEnd(this.#endings, this.#spec)
    if (typeof next === 'object') {
      log.error('A process ended unexpectedly; starting it again.', { name, how, ...next })
      this.#again = setTimeout(() => this.#start(), next.delayMs)
      return
    }
    this.#end()
    if (next === 'refused') refused(`Process ${name} was refused; see its lines above.`, this)
    else if (next === 'give-up')
      gaveUp(`Process ${name} ${how}, for the fifth time within a minute; see its lines above.`)
    else if (code !== 0)
      log.error('A process ended unexpectedly; starting it again when it is needed.', { name, how })
  }
}

// The machine has no more files, processes or memory now.
const isShortage = /\b(EMFILE|ENFILE|EAGAIN|ENOMEM)\b/
