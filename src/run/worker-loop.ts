import type { Leased } from '../queue/backend.ts'
import { Held } from '../queue/inbox.ts'
import { Attempt } from './attempt.ts'
import { Bag } from './bag.ts'
import { type Deadlines, makeDeadlines } from './deadlines.ts'
import type { Outcome } from './outcome.ts'
import { lostReason, perform } from './perform.ts'
import type { Runtime } from './runtime.ts'
import { type Settling, settle } from './settle.ts'
import { type Suspects, watchSuspects } from './suspects.ts'
import type { Work } from './work.ts'

// Soon at first: what stood in the way may be gone, as a row that made no sense is once it is buried.
const leaseSoonMs = 100
const leaseAgainMs = 1000

/**
 * The loop of one worker stage in one process.
 *
 * It keeps `concurrency` slots busy. Whenever slots are free and ordinary work may start, it asks for as many
 * messages as fit, with one request under way at a time. A slot is free as soon as its work has ended: the commit
 * of the result and the next lease are asked for in the same turn, so that the backend can make them one
 * transaction. When nothing can be leased it watches the backend; what it is told while a request is under way
 * makes it ask again. Suspects are seen to apart.
 *
 * `stop` leases nothing more; work that ends within `graceMs` is committed; the rest is aborted and given back
 * without charging an attempt. `ended` resolves when nothing of it runs any more.
 */
export class WorkerLoop<In, Out> {
  readonly ended: Promise<void>
  readonly #work: Work<In, Out>
  readonly #runtime: Runtime
  readonly #deadlines: Deadlines
  readonly #running = new Bag<Attempt<In, Out>>()
  #busySlots = 0
  #unsettled = 0
  #endsAt = Number.POSITIVE_INFINITY
  readonly #settling: Settling<In, Out>
  #leasing = false
  #hasFailed = false
  #fillPlanned = false
  /** Whether something may have come since the request for messages that is under way, or was the last. */
  #woken = false
  #stopped = false
  #unwatch: (() => void) | undefined
  #finish: () => void = () => {}
  readonly #unopen: () => void
  readonly #suspects: Suspects
  // Timers by the clock never keep a process alive; a worker that waits for messages should.
  readonly #alive = setInterval(() => {}, 2 ** 30)

  constructor(work: Work<In, Out>, runtime: Runtime) {
    this.#work = work
    this.#runtime = runtime
    this.#settling = { work, runtime, endsAt: () => this.#endsAt }
    this.ended = new Promise((resolve) => (this.#finish = resolve))
    this.#deadlines = makeDeadlines({
      clock: runtime.clock,
      timeoutMs: work.timeoutMs,
      running: this.#running,
      late: (attempt) => this.#timeOut(attempt as Attempt<In, Out>),
    })
    this.#unopen = runtime.solo.onOpen(() => this.#fillSoon())
    this.#suspects = watchSuspects({
      work,
      runtime,
      start: (rows) => new Promise((resolve) => this.#start(rows, resolve)),
      looked: () => this.#finishIfIdle(),
    })
    this.#fill()
  }

  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#unopen()
    this.#unwatch?.()
    this.#suspects.stop()
    const { clock } = this.#runtime
    this.#endsAt = clock.elapsed() + this.#work.graceMs
    clock.after(this.#work.graceMs, () => {
      for (const attempt of this.#running)
        attempt.end({ kind: 'released' }, new Error('The process has to end.'))
    })
    this.#finishIfIdle()
  }

  /** Fills the slots after everything that is settled by now has been: one request for all that are free. */
  #fillSoon(): void {
    if (this.#fillPlanned) return
    this.#fillPlanned = true
    process.nextTick(() => {
      this.#fillPlanned = false
      this.#fill()
    })
  }

  #fill(): void {
    const { backend, owner, solo } = this.#runtime
    const { concurrency, leaseMs, process, queue, timeoutMs } = this.#work
    const limit = (concurrency - this.#busySlots) * process.size
    if (this.#leasing || limit <= 0 || this.#stopped || !solo.open()) return
    this.#leasing = true
    this.#woken = false
    solo.start()
    backend
      .lease(queue, { owner, leaseMs, timeoutMs, limit, suspects: 'exclude' })
      .then(
        (rows) => this.#leased(rows),
        (error: Error) => this.#leaseFailed(error),
      )
      .finally(() => solo.end())
  }

  #leased(rows: readonly Leased[]): void {
    this.#leasing = false
    this.#hasFailed = false
    if (rows.length > 0) {
      this.#unwatch?.()
      this.#unwatch = undefined
      const { size } = this.#work.process
      for (let i = 0; i < rows.length; i += size) this.#start(rows.slice(i, i + size))
      this.#fillSoon()
    } else if (!this.#stopped && (!this.#unwatch || this.#woken)) {
      this.#unwatch ??= this.#runtime.backend.watch((changed) => this.#wake(changed))
      // Something may have come between the look and the watch.
      this.#fill()
    }
    this.#finishIfIdle()
  }

  #wake(changed: string | undefined): void {
    if (changed !== undefined && changed !== this.#work.queue) return
    this.#woken = true
    this.#fill()
  }

  #leaseFailed(error: Error): void {
    this.#leasing = false
    if (this.#stopped) return this.#finishIfIdle()
    this.#runtime.log.error('Nothing could be leased; trying again.', {
      queue: this.#work.queue,
      error: error.message,
    })
    this.#runtime.clock.after(this.#hasFailed ? leaseAgainMs : leaseSoonMs, () => this.#fill())
    this.#hasFailed = true
  }

  /** Works on `rows` in one slot; calls `settled` when all of it has ended and is committed. */
  #start(rows: readonly Leased[], settled?: () => void): void {
    const slot: Slot = { working: rows.length, unsettled: rows.length, settled }
    this.#busySlots++
    this.#runtime.solo.start()
    const attempts = rows.map((row) => this.#begin(row, slot))
    if (this.#stopped) for (const attempt of attempts) attempt.end({ kind: 'released' })
    else void perform(this.#work, attempts)
  }

  #begin(row: Leased, slot: Slot): Attempt<In, Out> {
    const { lens, leaseMs, queue } = this.#work
    const { deploy, keeper } = this.#runtime
    const attempt = new Attempt(new Held(queue, lens, row, deploy), this.#runtime, (outcome) => {
      this.#end(slot, attempt, outcome)
    })
    this.#running.add(attempt)
    this.#deadlines.watch()
    attempt.hold = keeper.hold(attempt.held.fence, leaseMs, () =>
      attempt.end({ kind: 'lost' }, lostReason(queue, row.id)),
    )
    return attempt
  }

  #end(slot: Slot, attempt: Attempt<In, Out>, outcome: Outcome<In, Out>): void {
    this.#running.delete(attempt)
    if (--slot.working === 0) {
      this.#busySlots--
      this.#runtime.solo.end()
      this.#fillSoon()
    }
    this.#unsettled++
    void settle(this.#settling, attempt, outcome).then(() => {
      this.#unsettled--
      if (attempt.hold) this.#runtime.keeper.drop(attempt.hold)
      if (--slot.unsettled === 0) slot.settled?.()
      if (this.#stopped) this.#finishIfIdle()
    })
  }

  #timeOut(attempt: Attempt<In, Out>): void {
    const { timeoutMs } = this.#work
    const error = Object.assign(new Error(`The work took longer than ${timeoutMs} ms.`), {
      name: 'TimeoutError',
    })
    attempt.end({ kind: 'failed', error, fault: 'timeout' }, error)
  }

  #finishIfIdle(): void {
    if (!this.#stopped || this.#leasing || this.#suspects.leasing()) return
    if (this.#running.size > 0 || this.#unsettled > 0) return
    clearInterval(this.#alive)
    this.#deadlines.stop()
    this.#finish()
  }
}

/** One of the places in which work goes on; a batch has one for all its messages. */
interface Slot {
  working: number
  unsettled: number
  readonly settled: (() => void) | undefined
}
