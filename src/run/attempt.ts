import type { Change } from '../queue/change.ts'
import type { Held } from '../queue/inbox.ts'
import { planEntry } from '../queue/write-queue.ts'
import { type Log, withFields } from './log.ts'
import type { Outcome } from './outcome.ts'
import type { Runtime } from './runtime.ts'
import type { WorkContext } from './work-context.ts'

const progressEveryMs = 1000

/** One attempt at the work on one message. It ends once, whoever ends it first; what comes later is ignored. */
export class Attempt<In, Out> {
  readonly held: Held<In, Out>
  /** Counts the charged attempts of this stay, from 1. */
  readonly number: number
  readonly startedAt: number
  /** Pushes of children that go into the commit of the hop. */
  readonly children: Change[] = []
  readonly #runtime: Runtime
  readonly #onEnd: (outcome: Outcome<In, Out>) => void
  #ended = false
  #abort: AbortController | undefined
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(held: Held<In, Out>, runtime: Runtime, onEnd: (outcome: Outcome<In, Out>) => void) {
    this.held = held
    this.number = held.row.attempts + 1
    this.startedAt = runtime.clock.elapsed()
    this.#runtime = runtime
    this.#onEnd = onEnd
  }

  get ended(): boolean {
    return this.#ended
  }

  get workMs(): number {
    return this.#runtime.clock.elapsed() - this.startedAt
  }

  /** Ends the attempt with `outcome`, unless it has ended. With a `reason` its signal aborts. */
  end(outcome: Outcome<In, Out>, reason?: Error): void {
    if (this.#ended) return
    this.#ended = true
    if (reason) this.#controller.abort(reason)
    this.#onEnd(outcome)
  }

  get #controller(): AbortController {
    this.#abort ??= new AbortController()
    return this.#abort
  }

  /** What the work gets as its second argument; `given` is what the artifact was given. */
  context<Ctx extends object>(given: Ctx): Ctx & WorkContext {
    const attempt = this
    const { id, hop } = this.held.row
    return {
      ...given,
      id,
      key: `${id}:${hop}`,
      hop,
      attempt: this.number,
      // An AbortController costs more than all the rest, and most work never looks at it.
      get signal() {
        return attempt.#controller.signal
      },
      get log() {
        return attempt.#log()
      },
      progress: (fraction, note) => attempt.#tell(fraction, note),
      also: async (queue, childId, value, options = {}) => {
        const child = { id: childId, value, deploy: attempt.#runtime.deploy, parent: id }
        attempt.children.push(...(await planEntry(queue.plan, child, options)))
      },
    }
  }

  #log(): Log {
    const { id, hop } = this.held.row
    return withFields(this.#runtime.log, { queue: this.held.fence.queue, id, hop, attempt: this.number })
  }

  #tell(fraction: number, note: string | undefined): void {
    const { backend, clock } = this.#runtime
    const now = clock.elapsed()
    if (this.#ended || now - this.#toldAt < progressEveryMs) return
    this.#toldAt = now
    const told = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0))
    // Nobody waits for progress: a lost lease is found by the keeper, a busy database by the commit of the hop.
    backend
      .commit([{ kind: 'progress', ...this.held.fence, fraction: told, note: note?.slice(0, 200) }])
      .catch(() => {})
  }
}
