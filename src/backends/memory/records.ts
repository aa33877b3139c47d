import type { RecordPage, RecordRow } from '../../queue/records.ts'
import type { KeptRecord, RecordPlace } from '../../queue/rules/world.ts'
import type { Json } from '../../schema/json.ts'

/** A record as it is kept. */
export interface Kept extends KeptRecord {
  readonly place: RecordPlace
  readonly until: number | undefined
}

/** After so many puts those are dropped that ended long ago. */
const putsToSweep = 1000
/** A clock that was set back may give an ended record back for so long. */
const longAgoMs = 7_200_000

/** All records; those that have ended are not found. */
export class Records {
  readonly #byScope = new Map<string, Map<string, Kept>>()
  /** The revision that was given last. */
  rev = 0
  #puts = 0

  find(place: RecordPlace, now: number): Kept | undefined {
    const kept = this.#byScope.get(scopeOf(place))?.get(place.key)
    return kept && isOver(kept, now) ? undefined : kept
  }

  put(kept: Kept, now: number): void {
    if (++this.#puts % putsToSweep === 0) this.#sweep(now - longAgoMs)
    const scope = scopeOf(kept.place)
    const records = this.#byScope.get(scope) ?? new Map<string, Kept>()
    this.#byScope.set(scope, records.set(kept.place.key, kept))
    this.rev = Math.max(this.rev, kept.rev)
  }

  drop(place: RecordPlace): void {
    const records = this.#byScope.get(scopeOf(place))
    records?.delete(place.key)
    if (records?.size === 0) this.#byScope.delete(scopeOf(place))
  }

  /** Drops all records of a scope. */
  dropAll(scope: Omit<RecordPlace, 'key'>): void {
    this.#byScope.delete(scopeOf(scope))
  }

  /** A page of the records of a scope, and the key after which the next begins. */
  list(
    scope: Omit<RecordPlace, 'key'>,
    { prefix = '', after, limit = 100 }: RecordPage,
    now: number,
  ): { readonly records: readonly RecordRow[]; readonly next?: string | undefined } {
    const start = after === undefined ? undefined : Buffer.from(after)
    const all = [...(this.#byScope.get(scopeOf(scope))?.values() ?? [])]
    const found = all
      .filter((each) => !isOver(each, now) && each.place.key.startsWith(prefix))
      .map((each) => ({ each, bytes: Buffer.from(each.place.key) }))
      .filter(({ bytes }) => !start || Buffer.compare(bytes, start) > 0)
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    const records = found.slice(0, limit).map(({ each }) => rowOf(each))
    return { records, next: found.length > limit ? records.at(-1)!.key : undefined }
  }

  #sweep(now: number): void {
    for (const records of [...this.#byScope.values()])
      for (const each of [...records.values()]) if (isOver(each, now)) this.drop(each.place)
  }
}

function rowOf({ place: { key }, rev, value, until }: Kept): RecordRow {
  return {
    key,
    rev,
    ...(value === undefined ? {} : { value: JSON.parse(value) as Json }),
    ...(until === undefined ? {} : { endsAt: until }),
  }
}

function isOver({ until }: Kept, now: number): boolean {
  return until !== undefined && until <= now
}

function scopeOf({ workflow, token, hop }: Omit<RecordPlace, 'key'>): string {
  return JSON.stringify([workflow, token, hop])
}
