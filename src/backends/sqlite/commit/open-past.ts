import type { Fence, Note, Why } from '../../../queue/change.ts'
import type { HistoryEvent } from '../../../queue/journey.ts'
import type { About, Arrival, Known, PastWorld } from '../../../queue/rules/world.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { TokenIds } from '../tables/token-ids.ts'
import type { BegunStay, PresentStay, ValueRows } from '../tables/value-rows.ts'

/** What it needs of the transaction. */
interface Open {
  readonly careful: boolean
  readonly ids: Pick<TokenIds, 'of'>
  readonly changed: () => void
  readonly say: PastWorld<QueueEntry>['say']
}

/**
 * What the transaction that is open remembers of what was. Values are gathered, as hops are, and written before these: what a
 * stay was is in the row of its token until its hop is written.
 */
export class OpenPast implements PastWorld<QueueEntry> {
  readonly #rows: ValueRows
  readonly #open: Open
  #begun: BegunStay[] = []
  #ending: PresentStay[] = []

  constructor(rows: ValueRows, open: Open) {
    this.#rows = rows
    this.#open = open
  }

  keep(token: number, { hop, value, frames }: Pick<Arrival, 'hop' | 'value' | 'frames'>): void {
    this.#open.changed()
    this.#begun.push({ token, hop, value: value ?? null, frames: frames ?? null })
    if (this.#open.careful) this.settle()
  }

  keepHere({ token, hop }: Pick<Known<QueueEntry>, 'token' | 'hop'>): void {
    this.#open.changed()
    // The token is known, so its row is in the table, and not among the gathered hops.
    this.#rows.copy([{ token, hop }])
  }

  keepPopped({ workflow }: QueueEntry, { id, hop }: Fence): void {
    const token = this.#open.ids.of(workflow, id)
    // What is not known has no lease: the pop is refused.
    if (token === undefined) return
    this.#open.changed()
    this.#ending.push({ token, hop })
    if (this.#open.careful) this.settle()
  }

  say(about: About<QueueEntry>, event: HistoryEvent, note: Note & Why): void {
    this.#open.say(about, event, note)
  }

  /** Writes the values that were gathered. */
  settle(): void {
    if (this.#begun.length > 0) this.#rows.keep(this.#begun.splice(0))
    if (this.#ending.length > 0) this.#rows.copy(this.#ending.splice(0))
  }

  /** Forgets those of a transaction that is rolled back. */
  clear(): void {
    this.#begun.length = 0
    this.#ending.length = 0
  }
}
