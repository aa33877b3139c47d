import { Alarm } from '../../queue/alarm.ts'
import type { Clock } from '../../queue/clock.ts'
import type { Connection } from './connection.ts'
import type { Ledger } from './ledger.ts'
import { bury, findBroken } from './mending.ts'
import type { QueueTable } from './queue-table.ts'
import { refresh, someStale } from './refreshing.ts'
import { makeViews, staleViews } from './views.ts'

const rowsAtOnce = 500
const pauseMs = 100
const leastRestMs = 60_000
const restForWork = 20

/** What the mender needs. */
export interface MenderParts {
  readonly db: Connection
  readonly clock: Clock
  readonly ledger: Ledger
  readonly read: <T>(work: (db: Connection) => T) => Promise<T>
  readonly write: <T>(work: () => T) => Promise<T>
  readonly warn: (message: string) => void
}

/**
 * Goes through all queues, a few rows at a time, and buries rows that make no sense, so that what a hand has broken
 * is seen, and stops nobody else; and makes ready what has been so for long, where no worker leases. It begins when the file is opened, or a workflow declared, goes round again and again with long rests,
 * and begins anew, without pauses, when something could not be leased. It costs less than 1 % of a processor.
 */
export class Mender {
  readonly #parts: MenderParts
  readonly #alarm: Alarm
  #tables: QueueTable[] = []
  #after = 0
  #startedAt = 0
  #pauseMs = pauseMs
  #looking: Promise<void> | undefined
  #closed = false

  constructor(parts: MenderParts) {
    this.#parts = parts
    this.#alarm = new Alarm(parts.clock, () => this.#look())
  }

  /** Begins a round; resolves when it has looked at the first rows of each queue of `workflow`. Never rejects. */
  async begin(workflow: string): Promise<void> {
    await this.#looking
    this.#start(pauseMs)
    for (const table of this.#tables) if (table.entry.workflow === workflow) await this.#mend(table, 0)
    this.#soon(0)
  }

  /** Begins a round soon: what an earlier boot has leased must not wait for a declaration. */
  open(): void {
    this.#start(pauseMs)
    this.#soon(0)
  }

  /** Begins a round at once, and hurries: somebody could not work. */
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

  // Where the queues cannot be read the round is empty, and the next one tries again.
  #start(pauseMs: number): void {
    this.#after = 0
    this.#startedAt = this.#parts.clock.elapsed()
    this.#pauseMs = pauseMs
    this.#tables = []
    if (this.#closed) return
    try {
      this.#tables = [...this.#parts.ledger.registry.all()]
    } catch (error) {
      this.#parts.warn(`The queues could not be looked through: ${(error as Error).message}`)
    }
  }

  /** Leaves tables that are gone out of the views, which would else answer nothing, and takes in those that are back. */
  async #mendViews(): Promise<void> {
    const { db, read, write, warn } = this.#parts
    try {
      if ((await read(staleViews)).length > 0) await write(() => makeViews(db))
    } catch (error) {
      if (!this.#closed) warn(`The views could not be looked at: ${(error as Error).message}`)
    }
  }

  // One look at a few rows, then a pause; after the last queue a rest, in proportion to what the round has cost.
  #look(): void {
    const [table] = this.#tables
    if (!table) {
      this.#looking = this.#mendViews().then(() => {
        this.#looking = undefined
        if (this.#tables.length === 0) this.#rest()
      })
      return
    }
    const after = this.#after
    this.#looking = this.#mend(table, after).then((next) => {
      this.#looking = undefined
      if (this.#tables[0] === table && this.#after === after) {
        this.#after = next ?? 0
        if (next === undefined) this.#tables.shift()
      }
      this.#soon(this.#pauseMs)
    })
  }

  #rest(): void {
    const roundMs = this.#parts.clock.elapsed() - this.#startedAt
    this.#start(pauseMs)
    this.#soon(Math.max(leastRestMs, restForWork * roundMs))
  }

  /** The key to go on after; undefined after the last row, or if the file could not be read. */
  async #mend(table: QueueTable, after: number): Promise<number | undefined> {
    const { clock, db, ledger, read, warn, write } = this.#parts
    try {
      const [now, elapsed] = [Math.floor(clock.now()), Math.floor(clock.elapsed())]
      const look = { after, limit: rowsAtOnce, now, elapsed }
      if (after === 0 && (await read((reader) => someStale(reader, table.entry, look))))
        await write(() => refresh(ledger, table))
      const { tokens, next } = await read((reader) => findBroken(reader, table.entry, look))
      if (tokens.length > 0)
        for (const said of await write(() => bury(db, ledger, { table, tokens }))) warn(said)
      return next
    } catch (error) {
      if (!this.#closed && !ledger.spare.tell(table.entry, error))
        warn(`Queue "${table.entry.name}" could not be looked through: ${(error as Error).message}`)
      return undefined
    }
  }
}
