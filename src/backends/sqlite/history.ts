import type { HistoryEvent } from '../../queue/backend.ts'
import type { Fault, Note, Why } from '../../queue/change.ts'
import type { Connection } from './connection.ts'
import { RowsStatement } from './rows-statement.ts'
import type { Turn } from './turn.ts'

/** Every event, at the number that stands for it in pw_history: append only. */
export const historyEvents = [
  'entered',
  'moved',
  'failed',
  'decided',
  'discarded',
  'popped',
  'postponed',
  'released',
  'buried',
  'expired',
  'cancelled',
  'replaced',
  'revived',
] as const satisfies readonly HistoryEvent[]

const numbers = Object.fromEntries(historyEvents.map((event, number) => [event, number])) as {
  readonly [Event in HistoryEvent]: number
}

/** Where a line of the history belongs: when, which token (its ref), which hop and in which queue (its ref). */
export interface LineKey {
  readonly at: number
  readonly token: number
  readonly hop: number
  readonly queue: number
}

type PlainLine = readonly [
  at: number,
  token: number,
  hop: number,
  queue: number,
  event: number,
  attempt: number | null,
  workMs: number | null,
]

/** Writes lines of the history; it is append-only. Plain ones are gathered, and written together by `settle`. */
export class History {
  readonly #turn: Turn
  readonly #plain: RowsStatement<PlainLine>
  readonly #told
  #waiting: PlainLine[] = []

  constructor(db: Connection, turn: Turn) {
    this.#turn = turn
    this.#plain = new RowsStatement(db, {
      columns: 7,
      bind: (binds, line) => binds.push(...line),
      sql: (rows) => `insert into pw_history (at, token, hop, queue, event, attempt, work_ms) values ${rows}`,
    })
    this.#told = db.prepare(
      `insert into pw_history (at, token, hop, queue, event, attempt, work_ms, actor, reason, fields, error)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
  }

  /** Adds one line, in the transaction that is open. */
  add(key: LineKey, event: HistoryEvent, note: Note & Why): void {
    const { at, token, hop, queue } = key
    const { attempt = null, actor, reason, fields, error, workMs = null } = note
    const line: PlainLine = [at, token, hop, queue, numbers[event], attempt, workMs]
    if (actor === undefined && reason === undefined && error === undefined) {
      this.#waiting.push(line)
      if (this.#turn.careful) this.settle()
      return
    }
    this.settle()
    const fieldsText = fields === undefined ? null : JSON.stringify(fields)
    this.#told.run(...line, actor ?? null, reason ?? null, fieldsText, faultText(error))
  }

  /** Writes the lines that were gathered. */
  settle(): void {
    if (this.#waiting.length === 0) return
    this.#plain.run(this.#waiting)
    this.#waiting = []
  }

  /** Forgets the lines of a transaction that is rolled back. */
  clear(): void {
    this.#waiting = []
  }
}

/** A fault as it is stored: JSON text, or null. */
export function faultText(fault: Fault | undefined): string | null {
  return fault === undefined ? null : JSON.stringify(fault)
}
