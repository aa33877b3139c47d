import { Alarm } from '../../../queue/alarm.ts'
import type { Clock } from '../../../queue/clock.ts'
import { Listeners } from '../../../queue/listeners.ts'
import type { News } from '../commit/news.ts'
import type { Database, Session } from '../server/database.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { Heard, Hearing } from './hearing.ts'
import { look } from './look.ts'

interface WatchersParts {
  readonly database: Database
  readonly clock: Clock
  readonly hearing: Hearing
  readonly warn: (message: string) => void
}

/** How often a process looks that hears of the others, in milliseconds, and one that does not. */
const pollMs = { hearing: 5000, deaf: 500 }
const lingerMs = 50
/**
 * Of leases only those are looked for that run out so soon, in milliseconds: later looks find the others, and to find the first of all
 * would be to pass by each lease of the last half minute that has ended before its time.
 */
const soonMs = 2 * pollMs.hearing

/**
 * Calls listeners when something may have become visible: at once after a commit of this process, when another process says so, and
 * by one timer when a message becomes due or a lease runs out. In case all of that fails it looks from time to time. None of it
 * runs while there is no listener, except for a moment after the last one has gone.
 */
export class Watchers {
  readonly #parts: WatchersParts
  readonly #listeners = new Listeners()
  readonly #next: Alarm
  readonly #poll: Alarm
  readonly #linger: Alarm
  #isArmed = false
  #isClosed = false
  #isLooking = false
  /** Whether something has become due during a look. */
  #isBehind = false

  constructor(parts: WatchersParts) {
    this.#parts = parts
    const { clock } = parts
    this.#next = new Alarm(clock, () => this.#rung())
    this.#poll = new Alarm(clock, () => void this.#look())
    this.#linger = new Alarm(clock, () => this.#disarm())
  }

  add(listener: (queue?: string) => void): () => void {
    if (this.#isClosed) return () => {}
    const remove = this.#listeners.add(listener)
    this.#linger.off()
    if (!this.#isArmed) this.#arm()
    return () => {
      remove()
      if (this.#listeners.isEmpty) this.#linger.within(lingerMs)
    }
  }

  /** Calls all listeners, with a queue or without one. */
  notify(queue?: string): void {
    this.#listeners.call(queue)
  }

  /** Calls listeners for messages that are about to become visible, so that what they ask for is in the same transaction. */
  announce(queues: Iterable<QueueEntry>): void {
    for (const { ref } of queues) this.#notifyOf(ref)
  }

  /** Tells listeners, here and in other processes, of a transaction of this process. */
  committed(news: News, { moment, beganAt }: Pick<Session, 'moment' | 'beganAt'>): void {
    const { database, hearing } = this.#parts
    for (const queue of news.visible) if (!news.announced.has(queue)) this.#notifyOf(queue.ref)
    for (const gate of news.rung) if (!database.names.find(gate)) this.notify(gate)
    hearing.say({
      queues: [...news.visible].flatMap((queue) => (news.own.has(queue) ? [] : [queue.ref])),
      gates: [...news.rung],
      dueIn: Number.isFinite(news.nextDue) ? Math.max(0, news.nextDue - moment.now) : undefined,
    })
    const ms = Math.min(news.nextDue - moment.now, news.nextUntil - moment.elapsed)
    if (this.#isArmed) this.#expect(ms, beganAt)
  }

  /** Calls all listeners once more. */
  close(): void {
    this.#isClosed = true
    this.notify()
    this.#listeners.clear()
    this.#disarm()
  }

  #notifyOf(ref: number): void {
    const { names } = this.#parts.database
    const queue = names.of(ref)
    if (!queue) return this.notify()
    for (const name of names.namesOf(queue)) this.notify(name)
  }

  #arm(): void {
    this.#isArmed = true
    this.#parts.hearing.begin((heard) => this.#heard(heard))
    void this.#look()
  }

  #disarm(): void {
    this.#isArmed = false
    this.#linger.off()
    this.#poll.off()
    this.#next.off()
    this.#parts.hearing.end()
  }

  #heard(heard: Heard | undefined): void {
    if (!heard) return void this.#look()
    for (const ref of heard.queues) this.#notifyOf(ref)
    for (const gate of heard.gates) this.notify(gate)
    if (heard.dueIn !== undefined) this.#expect(heard.dueIn, this.#parts.clock.elapsed())
  }

  #rung(): void {
    this.notify()
    void this.#look()
  }

  // Rings so many milliseconds after a time. If these are over, what is due then is looked for.
  #expect(ms: number, since: number): void {
    if (ms === Number.POSITIVE_INFINITY) return
    const left = ms - (this.#parts.clock.elapsed() - since)
    if (left > 0) this.#next.within(left)
    else if (this.#isLooking) this.#isBehind = true
    else void this.#look()
  }

  async #look(): Promise<void> {
    const { hearing, warn, database } = this.#parts
    this.#poll.within(hearing.isHearing ? pollMs.hearing : pollMs.deaf)
    if (this.#isLooking || !this.#isArmed) return
    this.#isLooking = true
    this.#isBehind = false
    try {
      const { ready, named, due, until, moment, beganAt } = await look(database, soonMs)
      for (const ref of ready) this.#notifyOf(ref)
      for (const name of named) this.notify(name)
      if (due !== null) this.#expect(due - moment.now, beganAt)
      if (until !== null) this.#expect(until - moment.elapsed, beganAt)
    } catch (error) {
      if (!this.#isClosed)
        warn(`The database ${database.where} could not be watched: ${(error as Error).message}`)
    } finally {
      this.#isLooking = false
    }
    if (this.#isBehind) void this.#look()
  }
}
