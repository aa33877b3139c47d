import { Held } from '../../queue/held.ts'
import { keepContext } from '../../queue/keep-context.ts'
import { Bag } from '../lease/bag.ts'
import type { Hold } from '../lease/hold.ts'
import { workRequest } from '../lease/lease-request.ts'
import type { Runtime } from '../runtime.ts'
import { Grace } from '../settle/grace.ts'
import type { Outcome } from '../settle/outcome.ts'
import { settle } from '../settle/settle.ts'
import { type Settling, unbegun } from '../settle/settling.ts'
import { stayAlive } from '../stay-alive.ts'
import { Suspects } from '../suspects/suspects.ts'
import { Attempt } from './attempt.ts'
import { type Deadlines, makeDeadlines } from './deadlines.ts'
import { Intake } from './intake.ts'
import { lostReason, perform } from './perform.ts'
import { type Slot, Slots } from './slots.ts'
import type { Work } from './work.ts'

/**
 * The loop of one worker stage in one process.
 *
 * It keeps `concurrency` slots busy. A slot is free as soon as its work has ended: the commit of the result and the
 * next lease are requested in the same turn, so that the backend can make them one transaction. Suspects are handled
 * apart, see `suspects.ts`.
 *
 * `stop` leases nothing more; work that ends within `graceMs` is committed; the rest is aborted and given back
 * without charging an attempt. `ended` resolves when nothing of it runs any more, or when the backend has not answered by
 * the end of the grace (`grace.ts`): a message whose answer is missing is left to its lease, or given back if it comes.
 *
 * All of it runs in the async context in which the loop was made, not in that of the caller that woke it, and each handler
 * in one of its own made from that.
 */
export class WorkerLoop<In, Out> {
  readonly ended: Promise<void>
  readonly #work: Work<In, Out>
  readonly #runtime: Runtime
  readonly #deadlines: Deadlines
  readonly #running = new Bag<Attempt<In, Out>>()
  #unsettled = 0
  readonly #grace: Grace
  readonly #settling: Settling
  readonly #start: (holds: readonly Hold[], over?: () => void) => void
  #stopped = false
  #finish: () => void = () => {}
  readonly #slots: Slots
  readonly #intake: Intake
  readonly #suspects: Suspects
  // A worker that waits for messages keeps its process alive.
  readonly #mayEnd = stayAlive()
  readonly #endUpkeep: () => void

  constructor(work: Work<In, Out>, runtime: Runtime) {
    this.#work = work
    this.#runtime = runtime
    this.#endUpkeep = runtime.upkeep.begin()
    this.#slots = new Slots(work.concurrency)
    this.#grace = new Grace(runtime.clock, work.graceMs)
    this.#settling = { work, runtime, grace: this.#grace }
    this.ended = new Promise((resolve) => (this.#finish = resolve))
    this.#start = keepContext((holds, over) => this.#startHere(holds, over))
    this.#deadlines = makeDeadlines({
      clock: runtime.clock,
      running: this.#running,
    })
    this.#intake = new Intake({
      work,
      runtime,
      freeSlots: () =>
        runtime.suspects === 'only' ? 0 : this.#slots.free - (this.#suspects.wantsSlot ? 1 : 0),
      start: (holds) => this.#start(holds),
      answered: () => this.#finishIfIdle(),
      closed: () => this.#closed(),
    })
    this.#suspects = new Suspects({
      queue: work.queue,
      request: workRequest(work, runtime.owner),
      runtime,
      room: () => this.#room(),
      start: (hold) => new Promise((resolve) => this.#start([hold], resolve)),
      giveBack: (hold) => this.#giveBack(hold),
      answered: () => {
        this.#intake.fillSoon()
        this.#finishIfIdle()
      },
      closed: () => this.#closed(),
      // A suspect becomes ready as any message does: then the intake asks. Where only suspects run, that asks for nothing.
      mayHaveCome: () => runtime.suspects === 'only' || this.#intake.hasAsked() || !this.#isIdle,
    })
    // Suspects first: a process in which nothing runs yet has time for one.
    if (runtime.suspects === 'elsewhere') this.#intake.fill()
    else void this.#suspects.watch().then(() => this.#intake.fillSoon())
  }

  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#endUpkeep()
    this.#intake.stop()
    this.#suspects.stop()
    this.#slots.wake()
    this.#grace.begin()
    this.#grace.onOver(() => this.#giveUp())
    this.#runtime.clock.after(this.#work.graceMs, () => {
      for (const attempt of this.#running)
        attempt.end({ kind: 'released' }, new Error('The process has to end.'))
    })
    this.#finishIfIdle()
  }

  #giveBack(hold: Hold): Promise<unknown> {
    const held = new Held(this.#work.lens, hold, this.#runtime)
    return settle(this.#settling, unbegun(held, hold), { kind: 'released' })
  }

  #closed(): void {
    if (this.#stopped) return
    const { queue } = this.#work
    this.#runtime.log.error('The backend was closed while a worker ran; the worker stops.', { queue })
    this.stop()
  }

  /** Resolves when a slot is free, with true; or when the loop is to end, with false. */
  async #room(): Promise<boolean> {
    if (!this.#stopped) await this.#slots.room()
    return !this.#stopped
  }

  /** Works on what was leased in one slot; calls `over` when all of it is committed and the function has returned. */
  #startHere(holds: readonly Hold[], over?: () => void): void {
    const { solo } = this.#runtime
    const slot = this.#slots.take(holds.length, over)
    solo.begin()
    const attempts = holds.map((hold) => this.#begin(hold, slot))
    if (this.#stopped) for (const attempt of attempts) attempt.end({ kind: 'released' })
    const performed = this.#stopped
      ? Promise.resolve()
      : slot.context.runInAsyncScope(perform, undefined, this.#work, attempts)
    void performed.then(() => {
      solo.end()
      slot.returned()
    })
  }

  #begin(hold: Hold, slot: Slot): Attempt<In, Out> {
    const { lens, queue } = this.#work
    const held = new Held(lens, hold, this.#runtime)
    const attempt = new Attempt(held, hold, this.#settling, (outcome) => this.#ended(slot, attempt, outcome))
    this.#running.add(attempt)
    this.#deadlines.watch(attempt.endsAt)
    hold.onLost(() => attempt.end({ kind: 'lost' }, lostReason(queue, hold.row.id)))
    return attempt
  }

  #ended(slot: Slot, attempt: Attempt<In, Out>, outcome: Outcome<In, Out>): void {
    this.#running.delete(attempt)
    if (slot.ended()) this.#intake.fillSoon()
    this.#unsettled++
    void slot.context.runInAsyncScope(settle, undefined, this.#settling, attempt, outcome).then(() => {
      this.#unsettled--
      this.#runtime.keeper.drop(attempt.hold)
      slot.settled()
      if (this.#stopped) this.#finishIfIdle()
    })
  }

  #finishIfIdle(): void {
    if (this.#stopped && this.#isIdle) this.#end()
  }

  get #isIdle(): boolean {
    if (this.#intake.leasing || this.#suspects.leasing) return false
    return this.#running.size === 0 && this.#unsettled === 0
  }

  /** Ends the loop although the backend has not answered all requests. */
  #giveUp(): void {
    if (this.#isIdle) return
    const { queue } = this.#work
    const message = 'The grace is over, and the database has not answered; what is held is left to its lease.'
    this.#runtime.log.error(message, { queue })
    this.#end()
  }

  #end(): void {
    this.#mayEnd()
    this.#deadlines.stop()
    this.#finish()
  }
}
