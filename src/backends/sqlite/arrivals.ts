import { ConflictError } from '../../queue/errors.ts'
import { Gathered } from './gathered.ts'
import type { QueueTable } from './queue-table.ts'
import { isSqliteError } from './sqlite-error.ts'
import type { Turn } from './turn.ts'

/** A message that was pushed in the transaction that is open. */
export interface Arrival {
  /** The token's ref. */
  readonly token: number
  readonly id: string
  readonly hop: number
  /** JSON text, or null for no value. */
  readonly value: string | null
  /** JSON text, or null for none. */
  readonly frames: string | null
  readonly parent: string | null
  readonly priority: number
  readonly deploy: number
}

/** The term of a lease, in elapsed time. */
export interface Term {
  readonly owner: string
  readonly until: number
  readonly leaseMs: number
  readonly deadline: number
  /** 1 if the worker works on nothing beside it; what has just come is no suspect, so it does not matter there. */
  readonly alone: number
}

/**
 * The messages that were pushed in the transaction that is open and are not in their tables yet. Most of them are
 * leased in that same transaction, by workers here that have just become free: `lease` puts a message into its
 * table once, as leased, where it would be put there, found and changed. `settle` puts the others there as ready,
 * at the end, or before anything looks for one particular message.
 */
export class Arrivals {
  readonly #turn: Turn
  readonly #waiting = new Gathered<Arrival>()

  constructor(turn: Turn) {
    this.#turn = turn
  }

  add(table: QueueTable, arrival: Arrival): void {
    this.#waiting.add(table, arrival)
    if (this.#turn.careful) this.settle()
  }

  /** Puts a message that is due later into its table. */
  addDelayed(table: QueueTable, arrival: Arrival, due: number): void {
    const { token, id, hop, value, priority, deploy, frames, parent } = arrival
    const { now } = this.#turn
    this.#insert(table, [arrival], () =>
      table.answers.pushDelayed.run(token, id, hop, value, priority, deploy, frames, parent, now, due),
    )
  }

  /** What has arrived at `table`, in the order in which it may be leased. */
  at(table: QueueTable): readonly Arrival[] {
    return this.#waiting.at(table)?.sort(byTurn) ?? none
  }

  /** Puts the first `count` of what has arrived at `table` there, as leased for `term`. */
  lease(table: QueueTable, count: number, { owner, until, leaseMs, deadline }: Term): readonly Arrival[] {
    const leased = this.#waiting.at(table)?.splice(0, count) ?? none
    this.#insert(table, leased, () =>
      table.pushLeased.run(leased, [this.#turn.now, this.#turn.now, owner, until, leaseMs, deadline]),
    )
    return leased
  }

  /** Puts all that has arrived into the tables. Throws a `ConflictError` for a token that is there already. */
  settle(): void {
    for (const table of this.#waiting.tables()) {
      const waiting = this.#waiting.take(table)
      if (!waiting?.length) continue
      this.#insert(table, waiting, () => table.push.run(waiting, [this.#turn.now]))
      this.#turn.hasNews = true
    }
  }

  /** Forgets what a transaction that is rolled back has brought. */
  clear(): void {
    this.#waiting.clear()
  }

  // Of several it may blame the wrong one: then the transaction runs again, one at a time.
  #insert({ entry }: QueueTable, arrivals: readonly Arrival[], work: () => void): void {
    try {
      work()
    } catch (error) {
      // Whoever looks at the table now is not to blame: this fails the transaction, not that caller alone.
      this.#turn.dirty = true
      if (!isSqliteError(error) || error.code !== 'SQLITE_CONSTRAINT_PRIMARYKEY') throw error
      const { id } = arrivals[0]!
      const sentence = `Token "${id}" is in queue "${entry.name}" already.`
      throw new ConflictError(sentence, { queue: entry.name, id, cause: error })
    }
  }
}

const none: Arrival[] = []

function byTurn(a: Arrival, b: Arrival): number {
  return a.priority - b.priority || a.token - b.token
}
