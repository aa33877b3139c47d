import { Alarm } from '../../../queue/alarm.ts'
import type { Clock } from '../../../queue/clock.ts'
import type { Moment } from '../../../queue/lapse.ts'
import { Listeners } from '../../../queue/listeners.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { isBusy } from '../file/sqlite-error.ts'
import { waitingInboxes } from '../inbox/inbox-rows.ts'
import { GatesInFile } from '../read/gates.ts'
import type { Registry } from '../tables/registry.ts'
import { WalWatch } from './wal-watch.ts'

interface WatchersParts {
  readonly db: Connection
  readonly clock: Clock
  readonly registry: Registry
  readonly warn: (message: string) => void
}

const pollMs = 1000
const pollsToTell = 5
const jumpMs = 100
const refreshMs = 20
const lingerMs = 50

/**
 * Calls listeners when something may have become visible: at once after a commit of this process, when the -wal file was
 * written after one of another process, and by one timer when a message becomes due or expires. In case all of that fails,
 * it looks once a second for commits of other processes, and every five seconds calls all listeners. None of it runs while
 * there is no listener, except for a moment after the last one has gone: a worker that was woken for a message comes back
 * when it is done with it. A look that fails is logged, and repeated by the next poll: it must not end the process.
 */
export class Watchers {
  readonly #listeners = new Listeners()
  readonly #clock: Clock
  readonly #wal: WalWatch
  readonly #alarm: Alarm
  readonly #next: Alarm
  readonly #refreshing: Alarm
  readonly #linger: Alarm
  #armed = false
  readonly #dataVersion
  readonly #findReady: () => readonly string[]
  readonly #findNext
  readonly #gates: GatesInFile
  #closed = false
  #seenVersion: number | undefined
  /** When the last broadcast was; earlier due times have been announced. */
  #broadcastAt: Moment = { now: 0, elapsed: 0 }
  #polls = 0
  readonly #path: string
  readonly #warn: (message: string) => void

  constructor({ db, clock, registry, warn }: WatchersParts) {
    this.#clock = clock
    this.#path = db.name
    this.#warn = warn
    this.#dataVersion = db.prepare<[], number>('pragma data_version').pluck()
    // One transaction: beginning one costs more than a look.
    const ready = db
      .prepare<[], number>(`select ref from pw_queues where exists
      (select 1 from pw_tokens where queue = ref and status is not 'leased' and status = 'ready')`)
      .pluck()
    // Handlers may wait for a gate, whose units another process has given back.
    const gates = db
      .prepare<[], string>(`select name from pw_gates where key = '' and declared is not null`)
      .pluck()
    this.#findReady = db.transaction(() => {
      registry.refresh()
      const queues = ready.all().flatMap((ref) => {
        const queue = registry.of(ref)
        return queue ? registry.namesOf(queue) : []
      })
      return [...queues, ...gates.all(), ...waitingInboxes(db)]
    })
    this.#findNext = db.prepare<Moment, { due: number | null; until: number | null }>(`select
      (select min(next) from (select (select min(due) from pw_tokens where queue = ref and due > @now) as next from pw_queues)) as due,
      (select min(until) from pw_tokens where status = 'leased' and until > @elapsed) as until`)
    this.#gates = new GatesInFile(db)
    this.#wal = new WalWatch(`${db.name}-wal`, () => this.#written())
    this.#next = new Alarm(clock, () => this.#rung())
    this.#refreshing = new Alarm(clock, () => this.#refresh())
    this.#alarm = new Alarm(clock, () => this.#poll())
    this.#linger = new Alarm(clock, () => this.#disarm())
  }

  add(listener: (queue?: string) => void): () => void {
    if (this.#closed) return () => {}
    const remove = this.#listeners.add(listener)
    this.#linger.off()
    if (!this.#armed) this.#arm()
    return () => {
      remove()
      if (this.#listeners.isEmpty) this.#linger.within(lingerMs)
    }
  }

  /** Calls all listeners, with a queue or without one. */
  notify(queue?: string): void {
    this.#listeners.call(queue)
  }

  /** Looks at the times that a transaction of this process has set. */
  expect({ now, elapsed, news }: OpenTransaction): void {
    if (!this.#armed) return
    this.#next.within(Math.min(news.nextDue - now, news.nextUntil - elapsed))
  }

  /** Calls all listeners once more. */
  close(): void {
    this.#closed = true
    this.notify()
    this.#listeners.clear()
    this.#disarm()
  }

  #arm(): void {
    this.#armed = true
    this.#seenVersion = this.#attempt(() => this.#dataVersion.get())
    this.#wal.arm()
    this.#alarm.within(pollMs)
    this.#broadcastAt = this.#times()
    this.#refresh()
  }

  #disarm(): void {
    this.#armed = false
    this.#linger.off()
    this.#wal.disarm()
    this.#alarm.off()
    this.#next.off()
    this.#refreshing.off()
  }

  // The file was written to, maybe by this process, whose own commits do not change its data_version.
  #written(): boolean {
    const version = this.#attempt(() => this.#dataVersion.get())
    if (version === undefined || version === this.#seenVersion) return false
    // With many processes on one file this happens a thousand times a second: one look at each queue here is
    // cheaper than one by each idle worker.
    const ready = this.#attempt(this.#findReady)
    if (!ready) return false
    this.#seenVersion = version
    for (const name of ready) this.notify(name)
    // Messages that other processes have delayed can wait until the workers that were woken have begun.
    this.#refreshing.within(refreshMs)
    return true
  }

  #rung(): void {
    this.#broadcastAt = this.#times()
    this.notify()
    this.#refresh()
  }

  #poll(): void {
    this.#alarm.within(pollMs)
    this.#wal.arm()
    if (++this.#polls % pollsToTell === 0 || this.#hasJumped()) this.#rung()
    else this.#written()
  }

  // Times that were past at the last broadcast are left to the poll.
  #refresh(): void {
    if (this.#hasJumped()) return this.#rung()
    this.#attempt(() => this.#expectNext())
  }

  #expectNext(): void {
    const { now, elapsed } = this.#times()
    const { due, until } = this.#findNext.get(this.#broadcastAt)!
    if (due !== null) this.#next.within(due - now)
    if (until !== null) this.#next.within(until - elapsed)
    this.#next.within(this.#gates.nextOpening(now) - now)
  }

  /** What `look` finds in the file; undefined if it cannot be read now. */
  #attempt<T>(look: () => T): T | undefined {
    try {
      return look()
    } catch (error) {
      if (!isBusy(error))
        this.#warn(`The database ${this.#path} could not be watched: ${(error as Error).message}.`)
      return undefined
    }
  }

  // After a jump of the wall clock the timer is set for the wrong time.
  #hasJumped(): boolean {
    const { now, elapsed } = this.#times()
    return Math.abs(now - elapsed - (this.#broadcastAt.now - this.#broadcastAt.elapsed)) > jumpMs
  }

  #times(): Moment {
    return { now: this.#clock.now(), elapsed: this.#clock.elapsed() }
  }
}
