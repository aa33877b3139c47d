import type { KeptRecord, RecordPlace, RecordsWorld } from '../../queue/rules/world.ts'
import type { Kept, Records } from './records.ts'

/** The changes of one transaction to the records: none of them is visible until `publish`. */
export class DraftRecords implements RecordsWorld {
  readonly #records: Records
  readonly #now: number
  /** Those that it keeps, or drops, by place. */
  readonly #changed = new Map<string, { readonly place: RecordPlace; readonly kept: Kept | undefined }>()
  #rev: number

  constructor(records: Records, now: number) {
    this.#records = records
    this.#now = now
    this.#rev = records.rev
  }

  find(place: RecordPlace): KeptRecord | undefined {
    const own = this.#changed.get(JSON.stringify(place))
    return own ? own.kept : this.#records.find(place, this.#now)
  }

  keep(place: RecordPlace, value: string | undefined, until: number | undefined): void {
    const kept = { place, rev: ++this.#rev, value, until }
    this.#changed.set(JSON.stringify(place), { place, kept })
  }

  drop(place: RecordPlace): void {
    this.#changed.set(JSON.stringify(place), { place, kept: undefined })
  }

  publish(): void {
    for (const { place, kept } of this.#changed.values())
      if (kept) this.#records.put(kept, this.#now)
      else this.#records.drop(place)
  }
}
