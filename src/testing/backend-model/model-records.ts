import type { Drop, Put } from '../../queue/change.ts'
import type { Scope } from '../../queue/records.ts'
import type { Json } from '../../schema/json.ts'
import type { Moment } from './presence.ts'

/** A record; without a revision as long as the one that the backend has given is not known. */
export interface ModelRecord {
  readonly scope: Scope
  readonly key: string
  readonly value: Json | undefined
  readonly until: number | undefined
  readonly rev: number | undefined
}

/** The records that the model knows, by scope and key. */
export class ModelRecords {
  readonly #all: Map<string, ModelRecord>
  /** The highest revision that the backend has given. */
  rev: number

  constructor(all: Iterable<readonly [string, ModelRecord]> = [], rev = 0) {
    this.#all = new Map(all)
    this.rev = rev
  }

  /** An independent copy. */
  copy(): ModelRecords {
    return new ModelRecords(this.#all, this.rev)
  }

  toJSON(): unknown {
    return [...this.#all]
  }

  /** The records of a scope that have not ended. */
  of(scope: Scope, { now }: Moment): readonly ModelRecord[] {
    return [...this.#all.values()].filter(
      (each) => keyOfScope(each.scope) === keyOfScope(scope) && (each.until ?? now + 1) > now,
    )
  }

  find(change: Put | Drop, moment: Moment): ModelRecord | undefined {
    return this.of(change, moment).find(({ key }) => key === change.key)
  }

  /** Every scope that has had a record. */
  get scopes(): readonly Scope[] {
    const byKey = new Map([...this.#all.values()].map(({ scope }) => [keyOfScope(scope), scope]))
    return [...byKey.values()]
  }

  /** The latest revisions that are known. */
  get revs(): readonly number[] {
    return [...this.#all.values()].flatMap(({ rev }) => rev ?? []).slice(-3)
  }

  /** Remembers the revision that the backend has given a record. */
  learn(record: ModelRecord, rev: number): void {
    this.#all.set(placeOf(record), { ...record, rev })
    this.rev = Math.max(this.rev, rev)
  }

  /** Keeps or drops a record of a scope that is there; false if its revision is another. */
  keep(change: Put | Drop, moment: Moment): boolean {
    const { workflow, id, hop, key, ifRev } = change
    const known = this.find(change, moment)
    // A record that has come in this turn has a revision that nobody has seen.
    if (ifRev !== undefined && (known ? known.rev : 0) !== ifRev) return false
    const scope = { workflow, id, hop }
    const record = { scope, key, value: undefined, until: undefined, rev: undefined }
    this.#all.delete(placeOf(record))
    if (change.kind === 'drop') return true
    const until = change.forMs === undefined ? undefined : moment.now + change.forMs
    this.#all.set(placeOf(record), { ...record, value: change.value, until })
    return true
  }
}

function keyOfScope({ workflow, id, hop = 0 }: Scope): string {
  return JSON.stringify([workflow, id, hop])
}

function placeOf({ scope, key }: ModelRecord): string {
  return JSON.stringify([keyOfScope(scope), key])
}
