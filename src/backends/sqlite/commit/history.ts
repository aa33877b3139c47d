import type { Note, Why } from '../../../queue/change.ts'
import type { OpenLine } from '../../../queue/rules/world.ts'
import type { Connection } from '../file/connection.ts'
import { type Event, eventNumbers } from '../file/history-events.ts'
import { jsonText } from '../tables/json-text.ts'
import type { Owners } from '../tables/owners.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { RowsStatement } from '../tables/rows-statement.ts'

/** Where a line of the history belongs: when, which token (its ref), which hop and in which queue (its ref). */
export interface LineKey {
  readonly at: number
  readonly token: number
  readonly hop: number
  readonly queue: number
}

type Rare =
  | readonly [actor: string | null, reason: string | null, fields: string | null, error: string | null]
  | null

/** What has been written of a line. */
export interface WrittenLine {
  readonly key: LineKey
  readonly event: Event
  readonly attempt: number | null
  readonly workMs: number | null
  /** The ref of the queue that the token has gone to. */
  readonly target: number | null
}

/** A line that is not written yet. */
class Line implements OpenLine<QueueEntry>, WrittenLine {
  readonly key: LineKey
  readonly event: Event
  readonly attempt: number | null
  readonly workMs: number | null
  readonly owner: number | null
  /** The ref of the queue that the token has gone to: known once it has arrived. */
  target: number | null = null
  deploy: number | null
  /** Cells that are null in most lines. */
  readonly rare: Rare

  constructor(key: LineKey, event: Event, note: Note, { owner, rare }: { owner: number | null; rare: Rare }) {
    this.key = key
    this.event = event
    this.attempt = note.attempt ?? null
    this.workMs = note.workMs ?? null
    this.owner = owner
    this.deploy = note.deploy ?? null
    this.rare = rare
  }

  goesTo({ ref }: QueueEntry, deploy: number): void {
    this.target = ref
    this.deploy ??= deploy
  }
}

const columns = 'at, token, hop, queue, event, attempt, work_ms, owner, target, deploy'

/** Adds the cells of `columns` to `cells`. Not spread: that would slow down every hop. */
function bind(
  binds: unknown[],
  { key: { at, token, hop, queue }, event, attempt, workMs, owner, target, deploy }: Line,
): void {
  binds.push(at, token, hop, queue, eventNumbers[event], attempt, workMs, owner, target, deploy)
}

/**
 * Writes lines of the history; it is append-only. They are gathered until the transaction is committed: where a token
 * goes is known only after it has left. Lines without rare cells are written together.
 */
export class History {
  readonly #owners: Owners
  readonly #plain: RowsStatement<Line>
  readonly #withRare
  #waiting: Line[] = []
  /** Those that the transaction that is open has written. */
  #written: Line[] = []

  constructor(db: Connection, owners: Owners) {
    this.#owners = owners
    this.#plain = new RowsStatement(db, {
      columns: 10,
      bind,
      sql: (rows) => `insert into pw_history (${columns}) values ${rows}`,
    })
    this.#withRare = db.prepare(
      `insert into pw_history (${columns}, actor, reason, fields, error) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
  }

  /** Adds one line, in the transaction that is open, and returns it. */
  add(key: LineKey, event: Event, note: Note & Why): Line {
    const { actor, reason, fields, error, owner } = note
    const isPlain = actor === undefined && reason === undefined && fields === undefined && error === undefined
    const line = new Line(key, event, note, {
      owner: owner === undefined ? null : this.#owners.refOf(owner),
      rare: isPlain ? null : [actor ?? null, reason ?? null, jsonText(fields), jsonText(error)],
    })
    this.#waiting.push(line)
    return line
  }

  /** Writes the lines that were gathered, in their order. */
  settle(): void {
    const lines = this.#waiting
    if (lines.length === 0) return
    let from = 0
    for (let at = 0; at < lines.length; at++) {
      const line = lines[at]!
      if (line.rare === null) continue
      if (at > from) this.#plain.run(lines.slice(from, at))
      const cells: unknown[] = []
      bind(cells, line)
      this.#withRare.run(...cells, ...line.rare)
      from = at + 1
    }
    if (from < lines.length) this.#plain.run(from === 0 ? lines : lines.slice(from))
    this.#written = this.#written.length === 0 ? lines : [...this.#written, ...lines]
    this.clear()
  }

  /** The lines that have been written since this was last asked. */
  takeWritten(): readonly WrittenLine[] {
    const written = this.#written
    if (written.length > 0) this.#written = []
    return written
  }

  /** Forgets the lines of a transaction that is rolled back. */
  clear(): void {
    if (this.#waiting.length > 0) this.#waiting = []
  }
}
