import type { Fault } from '../../../queue/change.ts'
import type { Marks } from '../../../queue/marks.ts'
import type { MarksWorld } from '../../../queue/rules/world.ts'
import { jsonText } from '../tables/json-text.ts'
import type { MarkRow, MarkRows } from '../tables/mark-rows.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { TextRows } from '../tables/text-rows.ts'

/** What is to be written of the marks of one stay. */
interface Waiting {
  readonly queue: number
  readonly token: number
  readonly hop: number
  /** Whether the stay begins: then no other mark of the token is left. */
  readonly isNew: boolean
  readonly marks: Map<string, string | number | null>
  brought: { readonly source: number; readonly fault: string } | undefined
  /** Those of its text, if that is to be written; an empty list drops it. */
  words: readonly string[] | undefined
}

/** What it needs of the transaction. */
interface Open {
  /** Records that the request has changed something. */
  changed(): void
  /** Writes all that is gathered. */
  settle(): void
}

type StayOf = Pick<Waiting, 'token' | 'hop'>

/** The marks in the transaction that is open: gathered, as the hops are, and written after these. */
export class OpenMarks implements MarksWorld<QueueEntry> {
  readonly #rows: MarkRows
  readonly #texts: TextRows
  readonly #open: Open
  readonly #waiting = new Map<number, Waiting>()

  constructor({ rows, texts }: { readonly rows: MarkRows; readonly texts: TextRows }, open: Open) {
    this.#rows = rows
    this.#texts = texts
    this.#open = open
  }

  /** Whether something is gathered. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0
  }

  begin({ token, hop }: StayOf, { ref }: QueueEntry, marks: ReadonlyMap<string, string | number>): void {
    this.#open.changed()
    const made = {
      queue: ref,
      token,
      hop,
      isNew: true,
      marks: new Map(marks),
      brought: undefined,
      words: undefined,
    }
    this.#waiting.set(token, made)
  }

  set(of: StayOf, queue: QueueEntry, set: Marks): void {
    const waiting = this.#waitingFor(of, queue)
    for (const [name, value] of Object.entries(set))
      waiting.marks.set(name, typeof value === 'number' ? value + 0 : value)
  }

  write(of: StayOf, queue: QueueEntry, words: readonly string[]): void {
    this.#waitingFor(of, queue).words = words
  }

  #waitingFor({ token, hop }: StayOf, { ref }: QueueEntry): Waiting {
    this.#open.changed()
    const known = this.#waiting.get(token)
    if (known?.hop === hop) return known
    const more = { isNew: false, marks: new Map(), brought: undefined, words: undefined }
    const waiting: Waiting = { queue: ref, token, hop, ...more }
    this.#waiting.set(token, waiting)
    return waiting
  }

  raise(token: number): void {
    this.#open.changed()
    this.#open.settle()
    this.#rows.raise(token)
  }

  bring({ token }: StayOf, from: QueueEntry, fault: Fault): void {
    this.#waiting.get(token)!.brought = { source: from.ref, fault: jsonText(fault)! }
  }

  /** Writes what is gathered. */
  settle(): void {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#rows.dropAll(all.filter(({ isNew }) => isNew).map(({ token }) => token))
    const rows: MarkRow[] = []
    for (const { queue, token, hop, isNew, marks, brought, words } of all) {
      for (const [name, value] of marks) {
        if (!isNew) this.#rows.drop(token, name)
        if (value !== null) rows.push({ queue, token, hop, name, value })
      }
      if (words) this.#writeText({ queue, token, hop }, words)
      if (brought) this.#rows.bring({ token, hop }, brought.source, brought.fault)
    }
    this.#rows.insert(rows)
  }

  #writeText(of: Pick<Waiting, 'queue' | 'token' | 'hop'>, words: readonly string[]): void {
    if (words.length === 0) this.#texts.drop(of.token)
    else this.#texts.write(of, words)
  }

  /** Forgets what is gathered in a transaction that is rolled back. */
  clear(): void {
    this.#waiting.clear()
  }
}
