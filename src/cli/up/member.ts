import type { Log } from '../../run/log.ts'
import type { ProcessFacts } from '../../serve/steering/shapes.ts'
import type { LogLine } from '../screen/line-log.ts'
import { Child } from '../supervise/child.ts'
import type { ChildSpec } from '../supervise/fork-process.ts'

/** Where processes of an `up` tell what happens. */
export interface MemberListener {
  readonly log: Log
  readonly line: (line: LogLine) => void
}

const pauseMs = 30_000
const patienceMs = 60_000
const hurryMs = 1500

/**
 * One process of an `up`, which runs for months: where a `run` would give it up, since it has crashed too often before it worked, it is
 * tried again every 30 seconds. One that was refused is not, until a person has it restarted.
 */
export class Member {
  readonly spec: ChildSpec
  readonly #listener: MemberListener
  #child: Child
  #past = 0
  #again: NodeJS.Timeout | undefined
  #isRefused = false
  #isGivenUp = false
  #stopping = false
  #since = Date.now()
  #resolveUp: (isUp: boolean) => void = () => {}
  /** Resolves when it has come up once, with true; or when it will not by itself, with false. */
  readonly up: Promise<boolean>

  constructor(spec: ChildSpec, listener: MemberListener) {
    this.spec = spec
    this.#listener = listener
    this.up = new Promise((resolve) => (this.#resolveUp = resolve))
    this.#child = this.#begin()
  }

  get name(): string {
    return this.spec.name
  }

  /** How it is, as `ps` shows it. */
  factsIn(group: string): ProcessFacts {
    const { pid, state, since, restarts, how } = this.#child.facts
    const mine = { name: this.name, group, restarts: this.#past + restarts }
    const rest = { ...mine, ...(how !== undefined && { ended: how }) }
    if (this.#isRefused) return { ...rest, state: 'refused', since: this.#since }
    if (this.#isGivenUp || state === 'ended') return { ...rest, state: 'waiting', since: this.#since }
    return { ...rest, state, since, ...(pid !== undefined && { pid }) }
  }

  /** Asks it to end, and resolves when it has. Kills it after a minute. */
  async end(): Promise<void> {
    this.#stop()
    const late = setTimeout(() => {
      this.#listener.log.error('A process did not end within a minute; ending it now.', { name: this.name })
      this.#child.kill()
    }, patienceMs)
    await this.#child.ended
    clearTimeout(late)
  }

  /** Gives it a moment to give back what it holds, then kills it. Resolves when it is gone. */
  async hurry(): Promise<void> {
    this.#stop()
    this.#child.hurry()
    const late = setTimeout(() => this.#child.kill(), hurryMs)
    await this.#child.ended
    clearTimeout(late)
  }

  /** Ends it at once. */
  kill(): void {
    this.#stop()
    this.#child.kill()
  }

  #stop(): void {
    this.#stopping = true
    this.#isRefused = false
    this.#isGivenUp = false
    clearTimeout(this.#again)
    this.#child.stop()
    this.#resolveUp(false)
  }

  #begin(): Child {
    const { log, line } = this.#listener
    this.#isGivenUp = false
    const child: Child = new Child(this.spec, {
      ...{ log, line },
      refused: (sentence) => {
        this.#isRefused = true
        this.#fail(sentence)
      },
      gaveUp: (sentence) => {
        this.#isGivenUp = true
        this.#fail(`${sentence} It is tried again in ${pauseMs / 1000} seconds.`)
        this.#again = setTimeout(() => {
          this.#past += child.facts.restarts + 1
          this.#child = this.#begin()
        }, pauseMs)
      },
    })
    void child.ready.then(() => {
      if (!child.hasEnded) this.#resolveUp(true)
    })
    return child
  }

  #fail(sentence: string): void {
    this.#since = Date.now()
    if (this.#stopping) return
    this.#listener.log.error(sentence)
    this.#resolveUp(false)
  }
}
