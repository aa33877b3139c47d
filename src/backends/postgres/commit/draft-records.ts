import type { KeptRecord, RecordPlace, RecordsWorld } from '../../../queue/rules/world.ts'
import type { Around } from './around.ts'
import type { Fetched } from './fetched.ts'
import { need, needKey } from './needs.ts'
import { Numbers } from './numbers.ts'

/** A record that is kept, or none. */
interface Changed {
  readonly place: RecordPlace
  readonly kept: (KeptRecord & { readonly until: number | undefined }) | undefined
}

/** The records of a transaction. */
export class DraftRecords implements RecordsWorld {
  readonly #fetched: Fetched
  readonly #draft: Pick<Around, 'undo' | 'isNew'>
  readonly #revisions: Numbers
  readonly #changed = new Map<string, Changed>()

  constructor(fetched: Fetched, draft: Pick<Around, 'undo' | 'isNew'>) {
    this.#fetched = fetched
    this.#draft = draft
    this.#revisions = new Numbers('revisions', fetched.drawn.revisions, draft.undo)
  }

  /** The revisions that are not given yet. */
  get left(): number[] {
    return this.#revisions.left
  }

  find(place: RecordPlace): KeptRecord | undefined {
    const key = needKey(place)
    const own = this.#changed.get(key)
    if (own) return own.kept
    if (this.#draft.isNew(place.token)) return undefined
    const found = this.#fetched.records.get(key)
    if (found === undefined) need('record', place)
    return found ?? undefined
  }

  keep(place: RecordPlace, value: string | undefined, until: number | undefined): void {
    const kept = { rev: this.#revisions.next(), value, until }
    this.#draft.undo.set(this.#changed, needKey(place), { place, kept })
  }

  drop(place: RecordPlace): void {
    this.#draft.undo.set(this.#changed, needKey(place), { place, kept: undefined })
  }

  /** What is to be written. What was found not to be there is `made`: it must not be there then either. */
  document() {
    const all = [...this.#changed.values()].sort((a, b) => compare(needKey(a.place), needKey(b.place)))
    return {
      records: all.flatMap(({ place, kept }) =>
        kept ? [{ ...place, ...kept, made: this.#fetched.rowless.has(needKey(place)) || undefined }] : [],
      ),
      dropped: all.flatMap(({ place, kept }) => (kept ? [] : [place])),
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
