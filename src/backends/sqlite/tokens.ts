import { endsAs } from '../../queue/ends-as.ts'
import type { Connection } from './connection.ts'
import type { QueueTable } from './queue-table.ts'
import type { Departed } from './turn.ts'

const maxRemembered = 10_000

/** What is remembered of a token for ever. */
export interface Known {
  readonly ref: number
  readonly finished_at: number | null
  readonly last_hop: number
}

/** The statements on pw_tokens: written when a token enters and when it leaves, not at hops. */
export class Tokens {
  readonly #enter
  readonly #find
  readonly #again
  readonly #finish
  readonly #leave
  /** What was learnt in the transaction that is open: it may yet be rolled back, and a ref given to another token. */
  #learnt: (readonly [QueueTable, id: string, ref: number])[] = []

  constructor(db: Connection) {
    this.#enter = db.prepare<unknown[]>(
      'insert into pw_tokens (id, workflow, parent, entered_at) values (?, ?, ?, ?) on conflict do nothing',
    )
    this.#find = db.prepare<unknown[], Known>(
      'select ref, finished_at, last_hop from pw_tokens where id = ? and workflow = ?',
    )
    this.#again = db.prepare<unknown[]>(
      `update pw_tokens set parent = ?, entered_at = ?, finished_at = null, left_at = null, outcome = null where ref = ?`,
    )
    this.#finish = db.prepare<unknown[]>(
      `update pw_tokens set finished_at = ?, last_hop = ?, outcome = 'done' where ref = ?`,
    )
    this.#leave = db.prepare<unknown[]>(
      `update pw_tokens set left_at = ?, finished_at = coalesce(finished_at, ?), last_hop = ?,
         outcome = coalesce(?, outcome, 'done') where ref = ?`,
    )
  }

  /** Remembers a new token and returns its ref; undefined if it is known already. */
  enter(token: { id: string; workflow: string; parent: string | undefined; at: number }): number | undefined {
    const { changes, lastInsertRowid } = this.#enter.run(
      token.id,
      token.workflow,
      token.parent ?? null,
      token.at,
    )
    return changes === 1 ? Number(lastInsertRowid) : undefined
  }

  /** The ref of a token that may be in `table`; undefined if the workflow does not know it. */
  refOf(table: QueueTable, id: string): number | undefined {
    return table.refs.get(id) ?? this.find(table.entry.workflow, id)?.ref
  }

  /** Remembers the ref of a leased token, so that its answer need not look it up, once the transaction is committed. */
  remember(table: QueueTable, id: string, ref: number): void {
    this.#learnt.push([table, id, ref])
  }

  /** Takes what was learnt in the transaction for true: it has been committed. */
  committed(): void {
    for (const [{ refs }, id, ref] of this.#learnt) {
      // Answers forget theirs; what was never answered must not gather for ever.
      if (refs.size >= maxRemembered) refs.clear()
      refs.set(id, ref)
    }
    this.clear()
  }

  /** Forgets what was learnt in a transaction that is rolled back. */
  clear(): void {
    if (this.#learnt.length > 0) this.#learnt = []
  }

  find(workflow: string, id: string): Known | undefined {
    return this.#find.get(id, workflow)
  }

  /** Lets a known token enter once more. */
  enterAgain(ref: number, parent: string | undefined, at: number): void {
    this.#again.run(parent ?? null, at, ref)
  }

  /** Remembers that a token has reached an output. */
  finish(ref: number, hop: number, at: number): void {
    this.#finish.run(at, hop, ref)
  }

  /** Remembers that a token is in no queue any more, and how that came about. */
  leave({ token, hop, event }: Departed, at: number): void {
    this.#leave.run(at, at, hop, endsAs(event) ?? null, token)
  }
}
