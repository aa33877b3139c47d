import type { KeptRecord, RecordPlace, RecordsWorld } from '../../../queue/rules/world.ts'
import type { RecordRows } from '../tables/record-rows.ts'

/** What they need of the transaction. */
interface Open {
  readonly now: number
  /** Records that the request has changed something. */
  changed(): void
}

/** The records in the transaction that is open. */
export class OpenRecords implements RecordsWorld {
  readonly #rows: RecordRows
  readonly #open: Open

  constructor(rows: RecordRows, open: Open) {
    this.#rows = rows
    this.#open = open
  }

  find(place: RecordPlace): KeptRecord | undefined {
    return this.#rows.find(place, this.#open.now)
  }

  keep(place: RecordPlace, value: string | undefined, until: number | undefined): void {
    this.#open.changed()
    this.#rows.keep(place, value, until)
  }

  drop(place: RecordPlace): void {
    this.#open.changed()
    this.#rows.drop(place)
  }
}
