import { Alarm } from '../../../queue/alarm.ts'
import type { Clock } from '../../../queue/clock.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { reading } from '../read/reading.ts'
import { buryBroken, findBroken, findBrokenIn } from './broken.ts'
import { hasWrongCounts, recount } from './recount.ts'
import { findStale, refresh } from './stale.ts'
import { dropUnusedKeys, findUnusedKeys, type KeysSeen } from './unused-keys.ts'

const tokensAtOnce = 2000
const rowsAtFirst = 500
const pauseMs = 100
const leastRestMs = 60_000
const restForWork = 20

type Read = <T>(work: (db: Connection) => T) => Promise<T>

/** What the mender needs. */
export interface MenderParts {
  readonly db: Connection
  readonly clock: Clock
  readonly open: OpenTransaction
  readonly read: Read
  readonly write: <T>(work: () => T) => Promise<T>
  readonly warn: (message: string) => void
  /** Has the queues recounted: a row that was edited by hand is not what was counted. */
  readonly recount: () => void
}

/**
 * Goes through all tokens, a few at a time, and buries corrupt rows, so that operators see what was edited by hand, and it
 * stops no other work. It also makes expired and due messages ready where no worker leases, and drops what is left of keys of
 * which there is no message. A round begins when the file is
 * opened or a workflow declared, the next after a long rest, and one at once, without pauses, when a lease has failed. It
 * costs less than 1 % of a processor.
 */
export class Mender {
  readonly #parts: MenderParts
  readonly #alarm: Alarm
  #after = 0
  #startedAt = 0
  #pauseMs = pauseMs
  #keys: KeysSeen = { lane: 0, gate: 0 }
  #looking: Promise<void> | undefined
  #closed = false

  constructor(parts: MenderParts) {
    this.#parts = parts
    this.#alarm = new Alarm(parts.clock, () => this.#look())
  }

  /** Begins a round; resolves when it has looked at the first rows of the queues of `workflow`. Never rejects. */
  async begin(workflow: string): Promise<void> {
    await this.#looking
    this.#start(pauseMs)
    await this.#attempt(async () => {
      await this.#refresh(this.#readHere)
      await this.#bury(this.#readHere, (db, { now }) =>
        findBrokenIn(db, { workflow, count: rowsAtFirst, now }),
      )
      return false
    })
    this.#soon(0)
  }

  /** Begins a round soon: messages that an earlier boot has leased must not wait for a declaration. */
  open(): void {
    this.#start(pauseMs)
    this.#soon(0)
  }

  /** Begins a round at once, and hurries: a worker could not lease. */
  hurry(): void {
    if (this.#pauseMs === 0 && this.#looking) return
    this.#start(0)
    this.#soon(0)
  }

  /** Ends it, and resolves when it does nothing any more. */
  async close(): Promise<void> {
    this.#closed = true
    this.#alarm.off()
    await this.#looking
  }

  #soon(ms: number): void {
    if (!this.#closed) this.#alarm.within(ms)
  }

  #start(pauseMs: number): void {
    this.#after = 0
    this.#startedAt = this.#parts.clock.elapsed()
    this.#pauseMs = pauseMs
  }

  // One look at a few rows, then a pause; at the end a rest, in proportion to what the round has cost.
  #look(): void {
    const after = this.#after
    this.#looking = this.#attempt(() => this.#lookAfter(after)).then((isMore) => {
      this.#looking = undefined
      // Another round may have begun meanwhile.
      if (this.#after === after) this.#after = after + tokensAtOnce
      if (isMore || this.#after < after) return this.#soon(this.#pauseMs)
      const roundMs = this.#parts.clock.elapsed() - this.#startedAt
      this.#start(pauseMs)
      this.#soon(Math.max(leastRestMs, restForWork * roundMs))
    })
  }

  /** Returns whether there are tokens after those that it has looked at. */
  async #lookAfter(after: number): Promise<boolean> {
    const read = after === 0 ? this.#readHere : this.#parts.read
    if (after === 0) {
      await this.#refresh(read)
      await this.#dropUnusedKeys(read)
    }
    await this.#bury(read, (db, { now }) => findBroken(db, { after, count: tokensAtOnce, now }))
    const last = await read((db) => db.prepare('select max(token) from pw_tokens').pluck().get())
    return typeof last === 'number' && last > after + tokensAtOnce
  }

  async #refresh(read: Read): Promise<void> {
    const { open, write } = this.#parts
    const stale = await read((db) => findStale(db, this.#moment()))
    if (stale.length > 0) await write(() => refresh(open, stale))
    if (await read(hasWrongCounts)) await write(() => recount(this.#parts.db, open))
  }

  async #dropUnusedKeys(read: Read): Promise<void> {
    const { db, open, write } = this.#parts
    const unused = await read((reader) => findUnusedKeys(reader, this.#keys, this.#moment().now))
    this.#keys = unused.seen
    if (unused.lanes.length + unused.gates.length > 0) await write(() => dropUnusedKeys(db, open, unused))
  }

  async #bury(read: Read, find: (db: Connection, moment: Moment) => readonly number[]): Promise<void> {
    const { db, open, warn, write } = this.#parts
    const tokens = await read((reader) => find(reader, this.#moment()))
    if (tokens.length === 0) return
    for (const said of await write(() => buryBroken(db, open, tokens))) warn(said)
    this.#parts.recount()
  }

  // A process that starts has read the schema through this connection; another would read it anew, which with 2,000 queues
  // takes 30 ms.
  readonly #readHere: Read = (work) => reading(this.#parts.db.name, () => work(this.#parts.db))

  #moment(): Moment {
    const { clock } = this.#parts
    return { now: Math.floor(clock.now()), elapsed: Math.floor(clock.elapsed()) }
  }

  async #attempt(work: () => Promise<boolean>): Promise<boolean> {
    try {
      return await work()
    } catch (error) {
      if (!this.#closed) this.#parts.warn(`The search for corrupt rows failed: ${(error as Error).message}`)
      return false
    }
  }
}
