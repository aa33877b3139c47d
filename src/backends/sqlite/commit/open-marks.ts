import type { Fault } from '../../../queue/change.ts'
import type { Marks } from '../../../queue/marks.ts'
import type { MarksWorld } from '../../../queue/rules/world.ts'
import { jsonText } from '../tables/json-text.ts'
import type { MarkRow, MarkRows } from '../tables/mark-rows.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'

/** What is to be written of the marks of one stay. */
interface Waiting {
  readonly queue: number
  readonly token: number
  readonly hop: number
  /** Whether the stay begins: then no other mark of the token is left. */
  readonly isNew: boolean
  readonly marks: Map<string, string | number | null>
  brought: { readonly source: number; readonly fault: string } | undefined
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
  readonly #open: Open
  readonly #waiting = new Map<number, Waiting>()

  constructor(rows: MarkRows, open: Open) {
    this.#rows = rows
    this.#open = open
  }

  /** Whether something is gathered. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0
  }

  begin({ token, hop }: StayOf, { ref }: QueueEntry, marks: ReadonlyMap<string, string | number>): void {
    this.#open.changed()
    const made = { queue: ref, token, hop, isNew: true, marks: new Map(marks), brought: undefined }
    this.#waiting.set(token, made)
  }

  set({ token, hop }: StayOf, { ref }: QueueEntry, set: Marks): void {
    this.#open.changed()
    const known = this.#waiting.get(token)
    const waiting =
      known?.hop === hop
        ? known
        : { queue: ref, token, hop, isNew: false, marks: new Map(), brought: undefined }
    this.#waiting.set(token, waiting)
    for (const [name, value] of Object.entries(set))
      waiting.marks.set(name, typeof value === 'number' ? value + 0 : value)
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
    for (const { queue, token, hop, isNew, marks, brought } of all) {
      for (const [name, value] of marks) {
        if (!isNew) this.#rows.drop(token, name)
        if (value !== null) rows.push({ queue, token, hop, name, value })
      }
      if (brought) this.#rows.bring({ token, hop }, brought.source, brought.fault)
    }
    this.#rows.insert(rows)
  }

  /** Forgets what is gathered in a transaction that is rolled back. */
  clear(): void {
    this.#waiting.clear()
  }
}
