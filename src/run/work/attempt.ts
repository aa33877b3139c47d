import { ConflictError } from '../../queue/errors.ts'
import type { Held } from '../../queue/held.ts'
import { type PushOptions, planEntry, type WriteQueue } from '../../queue/write-queue.ts'
import type { Placed } from '../lease/bag.ts'
import type { Hold } from '../lease/hold.ts'
import { beginsBy } from '../lease/lease-request.ts'
import { type Log, withFields } from '../log.ts'
import type { Runtime } from '../runtime.ts'
import { type GateShutError, shutForLonger, shutMeanwhile } from '../settle/gate-shut.ts'
import type { Outcome } from '../settle/outcome.ts'
import { Children } from './children.ts'
import { passGate } from './pass-gate.ts'
import { Standstill } from './standstill.ts'
import type { CheckedOptions } from './work.ts'

const progressEveryMs = 1000

/** What decides when an attempt has to end. */
interface AttemptParts {
  readonly runtime: Runtime
  readonly work: Pick<CheckedOptions, 'leaseMs' | 'timeoutMs'>
}

/** One attempt at the work on one message. Only the first `end` counts. */
export class Attempt<In, Out> implements Placed {
  place = -1
  readonly held: Held<In, Out>
  readonly hold: Hold
  /** Counts the charged attempts of this stay, from 1. */
  readonly number: number
  readonly startedAt: number
  /** When it has to end, in elapsed milliseconds, so that this process decides and not the backend. */
  readonly endsAt: number
  readonly #runtime: Runtime
  readonly #timeoutMs: number
  readonly #onEnd: (outcome: Outcome<In, Out>) => void
  #ended = false
  #abort: AbortController | undefined
  #children: Children | undefined
  #reportedAt = Number.NEGATIVE_INFINITY
  /** Its waits at gates that were shut, and the last of these. */
  #shut: { readonly gate: string; readonly standstill: Standstill } | undefined

  constructor(
    held: Held<In, Out>,
    hold: Hold,
    { runtime, work: { leaseMs, timeoutMs } }: AttemptParts,
    onEnd: (outcome: Outcome<In, Out>) => void,
  ) {
    this.held = held
    this.hold = hold
    this.number = held.row.attempts + 1
    this.startedAt = runtime.clock.elapsed()
    this.endsAt = timeoutMs + Math.min(this.startedAt, beginsBy({ leaseMs, timeoutMs }, hold.askedAt))
    this.#timeoutMs = timeoutMs
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

  /** Whether it has ended. One whose time is over ends here: a busy event loop may not have come to the timer yet. */
  isOver(): boolean {
    if (!this.#ended && this.#runtime.clock.elapsed() >= this.endsAt) this.timeOut()
    return this.#ended
  }

  /** Ends it since its time is over. */
  timeOut(): void {
    if (this.workMs < this.#timeoutMs) {
      this.end({ kind: 'released' }, new Error('It began so late that its lease does not last.'))
      return
    }
    if (this.#shut && this.workMs - this.#shut.standstill.ms < this.#timeoutMs) {
      this.#giveBack(shutMeanwhile(this.#shut.gate))
      return
    }
    const error = Object.assign(new Error(`The work took longer than ${this.#timeoutMs} ms.`), {
      name: 'TimeoutError',
    })
    this.end({ kind: 'failed', error, fault: 'timeout' }, error)
  }

  #giveBack(error: GateShutError): void {
    this.end({ kind: 'shut', error }, error)
  }

  get #controller(): AbortController {
    this.#abort ??= new AbortController()
    return this.#abort
  }

  /** Aborts when the attempt is ended from outside. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Plans a child's entry into the commit of this hop. Rejects what `queue` refuses, and when the attempt has ended. */
  also<T>(queue: WriteQueue<T>, id: string, value: T, options: PushOptions = {}): Promise<void> {
    this.#children ??= new Children()
    return this.#children.add(id, this.#planChild(queue, id, value, options), this.also)
  }

  /** The children of `also`, if there are any. */
  get children(): Children | undefined {
    return this.#children
  }

  async #planChild<T>(queue: WriteQueue<T>, id: string, value: T, options: PushOptions) {
    const parent = this.held.row.id
    if (this.#ended) {
      const late = `Token "${id}" came too late to enter with the hop of token "${parent}": that attempt has ended.`
      this.log().error('A child is lost.', { error: late })
      throw new ConflictError(late, { id })
    }
    return planEntry(queue.plan, { id, value, deploy: this.#runtime.deploy, parent }, options)
  }

  log(): Log {
    const { id, hop } = this.held.row
    return withFields(this.#runtime.log, { queue: this.held.fence.queue, id, hop, attempt: this.number })
  }

  /** Pays at a gate; resolves as soon as that lets it pass. */
  pass(gate: string, units?: number): Promise<void> {
    const { backend, clock } = this.#runtime
    const shut = (gate: string, againAt: number | undefined) => this.#waitsAt(gate, againAt)
    return passGate({ backend, clock, signal: this.signal, shut }, this.held.fence, { gate, units })
  }

  #waitsAt(gate: string, againAt = Number.NEGATIVE_INFINITY): () => void {
    const { clock } = this.#runtime
    const now = clock.now()
    if (againAt - now >= this.endsAt - clock.elapsed()) {
      this.#giveBack(shutForLonger(gate, againAt, now))
      return () => {}
    }
    const standstill = this.#shut?.standstill ?? new Standstill(clock)
    this.#shut = { gate, standstill }
    return standstill.begin()
  }

  /** Remembers how far the work is, at most once a second. */
  progress(fraction: number, note: string | undefined): void {
    const { backend, clock } = this.#runtime
    const now = clock.elapsed()
    if (this.#ended || now - this.#reportedAt < progressEveryMs) return
    this.#reportedAt = now
    const reported = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0))
    // Not awaited: the keeper finds a lost lease, and the commit of the hop a busy database.
    backend
      .commit([
        {
          kind: 'remember',
          ...this.held.fence,
          progress: { fraction: reported, note: note?.slice(0, 200) },
        },
      ])
      .catch(() => {})
  }
}
