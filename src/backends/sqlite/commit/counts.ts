import { type Status, statuses } from '../../../queue/status.ts'
import type { Connection } from '../file/connection.ts'
import type { Statement } from '../file/open-database.mjs'

const columns = [...statuses, 'entered', 'left'] as const
const added = columns.map((column) => `${column} = ${column} + excluded.${column}`).join(', ')
const mostRows = 64

type Changes = Record<(typeof columns)[number], number>

/**
 * What the transaction that is open changes in the counts of queues: every statement that changes the queue or the status of
 * rows tells it here, and one statement writes the sums when the transaction ends. Queues are their refs.
 */
export class Counts {
  readonly #db: Connection
  readonly #changes = new Map<number, Changes>()
  readonly #prepared = new Map<number, Statement<unknown[]>>()
  // Of the last queue: messages come and go in runs.
  #queue: number | undefined
  #last: Changes | undefined

  constructor(db: Connection) {
    this.#db = db
  }

  /** `count` messages have come to a queue. */
  come(queue: number, status: Status, count = 1): void {
    const changes = this.#of(queue)
    changes[status] += count
    changes.entered += count
  }

  /** They have left it. */
  leave(queue: number, status: Status, count = 1): void {
    const changes = this.#of(queue)
    changes[status] -= count
    changes.left += count
  }

  /** They have another status. */
  turn(queue: number, from: Status, to: Status, count = 1): void {
    if (from === to) return
    const changes = this.#of(queue)
    changes[from] -= count
    changes[to] += count
  }

  /** Writes the sums. */
  settle(): void {
    if (this.#changes.size === 0) return
    const all = [...this.#changes]
    for (let next = 0; next < all.length; next += mostRows) {
      const rows = all.slice(next, next + mostRows)
      const binds: number[] = []
      for (const [queue, { ready, leased, delayed, dead, waiting, entered, left }] of rows)
        binds.push(queue, ready, leased, delayed, dead, waiting, entered, left)
      this.#statement(rows.length).run(...binds)
    }
    this.clear()
  }

  /** Forgets the changes of a transaction that is rolled back. */
  clear(): void {
    if (this.#changes.size === 0) return
    this.#changes.clear()
    this.#queue = undefined
  }

  #of(queue: number): Changes {
    if (queue === this.#queue) return this.#last!
    let changes = this.#changes.get(queue)
    if (!changes) {
      changes = { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0, entered: 0, left: 0 }
      this.#changes.set(queue, changes)
    }
    this.#queue = queue
    this.#last = changes
    return changes
  }

  #statement(rows: number): Statement<unknown[]> {
    const known = this.#prepared.get(rows)
    if (known) return known
    const values = Array(rows).fill('(?, ?, ?, ?, ?, ?, ?, ?)').join(', ')
    const statement = this.#db.prepare<unknown[]>(
      `insert into pw_counts (queue, ${columns.join(', ')}) values ${values} on conflict (queue) do update set ${added}`,
    )
    this.#prepared.set(rows, statement)
    return statement
  }
}
