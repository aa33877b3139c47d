import type { Backend } from '../../queue/backend.ts'
import { type Lens, type Opened, openRow } from '../../queue/lens.ts'
import type { Row } from '../../queue/rows.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import type { Log } from '../log.ts'

/** A token that waits for an answer. */
export interface Waiter<In> {
  readonly id: string
  readonly value: In
}

/** A message that waits, and what the lens sees in it. */
export interface Found<In> {
  readonly row: Row
  readonly opened: Opened<In>
}

interface Place<In> {
  readonly backend: Backend
  readonly queue: string
  readonly lens: Lens<In, any>
  readonly log: Log
}

const firstRows = 20
const mostRows = 1000
/** A page is to have so much of values, in bytes as JSON: a server sends it as one text. */
const pageBytes = 4_000_000

/**
 * The messages that wait in a queue, a page at a time as they are asked for. Those that have been given are known by their ids:
 * an answer is about the stay that was there when it was asked for.
 */
export class Waiting<In> implements AsyncIterable<Waiter<In>> {
  readonly #place: Place<In>
  readonly #found = new Map<string, Found<In>>()

  constructor(place: Place<In>) {
    this.#place = place
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Waiter<In>> {
    const { backend, queue } = this.#place
    let limit = firstRows
    for (let after: string | undefined; ; ) {
      const { rows, next } = await backend.list(queue, { only: { status: 'waiting' }, after, limit })
      limit = nextLimit(limit, rows)
      for (const row of rows) {
        const opened = await this.#open(row)
        if (!opened) continue
        this.#found.set(row.id, { row, opened })
        yield { id: row.id, value: opened.value }
      }
      if (next === undefined) return
      after = next
    }
  }

  /** The message of a token that was given, once. */
  take(id: string): Found<In> | undefined {
    const found = this.#found.get(id)
    this.#found.delete(id)
    return found
  }

  // One that does not fit its schema any more is found when its time is over, as in every queue.
  async #open(row: Row): Promise<Opened<In> | undefined> {
    const { lens, log, queue } = this.#place
    try {
      return await openRow(lens, queue, row)
    } catch (error) {
      log.warn('A token that waits cannot be asked for.', { queue, id: row.id, error: sayBriefly(error) })
      return undefined
    }
  }
}

function nextLimit(limit: number, rows: readonly Row[]): number {
  const bytes = rows.reduce((sum, { value, frames }) => sum + JSON.stringify([value, frames]).length, 0)
  const fair = Math.floor((pageBytes * rows.length) / Math.max(1, bytes))
  return Math.max(1, Math.min(mostRows, 4 * limit, fair))
}
