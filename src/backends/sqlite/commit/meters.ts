import type { Moment } from '../../../queue/lapse.ts'
import { kindOf, type Lasting, Metering, minuteMs, type Placed } from '../../../queue/rules/metering.ts'
import type { Connection } from '../file/connection.ts'
import { MeterRows } from '../tables/meter-rows.ts'
import type { WrittenLine } from './history.ts'

const everyMs = 1000
const tidyEveryMs = 3_600_000

/** First leases in a queue, in the transaction that is open. */
interface FirstLeases extends Lasting {
  readonly queue: number
}

/**
 * The meters of what this process does, by the refs of queues. They are gathered in memory from transactions that have been
 * committed, and added to their table once a second, in a transaction that is there anyway.
 */
export class Meters {
  readonly #rows: MeterRows
  readonly #gathered = new Metering<number>(minuteMs)
  #leases: FirstLeases[] = []
  #writtenAt = Number.NEGATIVE_INFINITY
  #tidiedAt = Number.NEGATIVE_INFINITY
  /** Whether the transaction that is open has added what was gathered to the table. */
  #isWritten = false

  constructor(db: Connection) {
    this.#rows = new MeterRows(db)
  }

  /** What is not in the table yet. */
  get gathered(): readonly Placed<number>[] {
    return this.#gathered.cells
  }

  /** Whether all is in the table. */
  get isEmpty(): boolean {
    return this.#gathered.isEmpty
  }

  /** Remembers that messages are leased for the first time. */
  tellLease(queue: number, lasting: Lasting): void {
    this.#leases.push({ queue, ...lasting })
  }

  /** Lets the next transaction add what was gathered. */
  hurry(): void {
    this.#writtenAt = Number.NEGATIVE_INFINITY
  }

  /** Adds what was gathered to the table, once a second, in the transaction that is open. */
  settle({ now, elapsed }: Moment): void {
    if (this.#gathered.isEmpty || elapsed - this.#writtenAt < everyMs) return
    for (const cell of this.#gathered.cells) this.#rows.add(cell)
    if (Math.abs(now - this.#tidiedAt) >= tidyEveryMs && !this.#rows.tidy(now)) this.#tidiedAt = now
    this.#writtenAt = elapsed
    this.#isWritten = true
  }

  /** Gathers what a transaction has done that was committed, with the lines that it has written. */
  committed(now: number, lines: readonly WrittenLine[]): void {
    if (this.#isWritten) this.#gathered.drop()
    for (const each of this.#leases) this.#gathered.tellLease(now, each.queue, each)
    for (const line of lines) tell(this.#gathered, line)
    this.clear()
  }

  /** Adds the meters of these lines to the table at once, in the transaction that is open. */
  write(lines: readonly WrittenLine[]): void {
    const metering = new Metering<number>(minuteMs)
    for (const line of lines) tell(metering, line)
    for (const cell of metering.cells) this.#rows.add(cell)
  }

  /** Forgets what a transaction has told that is rolled back. */
  clear(): void {
    this.#isWritten = false
    if (this.#leases.length > 0) this.#leases = []
  }
}

function tell(
  metering: Metering<number>,
  { key: { at, queue }, event, attempt, workMs, target }: WrittenLine,
): void {
  if (event === 'paused' || event === 'resumed') return
  const kind = kindOf(event, attempt)
  metering.tell({ at, queue, to: target ?? undefined, kind, workMs: workMs ?? undefined })
}
