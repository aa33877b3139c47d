import type { HistoryEvent } from '../../queue/backend.ts'
import type { Fault, Note } from '../../queue/change.ts'
import type { Connection } from './connection.ts'

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

/** Writes lines of the history; it is append-only. */
export class History {
  readonly #insert
  readonly #insertPlain

  constructor(db: Connection) {
    this.#insertPlain = db.prepare(
      'insert into pw_history (at, token, hop, queue, event, attempt, work_ms) values (?, ?, ?, ?, ?, ?, ?)',
    )
    this.#insert = db.prepare(
      `insert into pw_history (at, token, hop, queue, event, attempt, actor, reason, error, work_ms)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
  }

  /** Adds one line, in the transaction that is open. */
  add(key: LineKey, event: HistoryEvent, note: Note & { readonly reason?: string | undefined }): void {
    const { at, token, hop, queue } = key
    const { attempt = null, actor, reason, error, workMs = null } = note
    if (actor === undefined && reason === undefined && error === undefined) {
      this.#insertPlain.run(at, token, hop, queue, numbers[event], attempt, workMs)
      return
    }
    const told = [attempt, actor ?? null, reason ?? null, faultText(error), workMs]
    this.#insert.run(at, token, hop, queue, numbers[event], ...told)
  }
}

/** A fault as it is stored: JSON text, or null. */
export function faultText(fault: Fault | undefined): string | null {
  return fault === undefined ? null : JSON.stringify(fault)
}
