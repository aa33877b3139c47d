import type { KeptRecord, RecordPlace } from '../../../queue/rules/world.ts'
import type { Connection } from '../file/connection.ts'

/** The statements on single records. */
export class RecordRows {
  readonly #find
  readonly #drop
  readonly #put

  constructor(db: Connection) {
    const which = 'workflow = @workflow and token = @token and hop = @hop and key = @key'
    this.#find = db.prepare<[RecordPlace & { readonly now: number }], { rev: number; value: string | null }>(
      `select rev, value from pw_records where ${which} and (until is null or until > @now)`,
    )
    this.#drop = db.prepare<[RecordPlace]>(`delete from pw_records where ${which}`)
    this.#put = db.prepare<[RecordPlace & { readonly value: string | null; readonly until: number | null }]>(
      `insert or replace into pw_records (workflow, token, hop, key, value, until) values (@workflow, @token, @hop, @key, @value, @until)`,
    )
  }

  /** A record that has not ended by the wall time `now`; undefined if there is none. */
  find(place: RecordPlace, now: number): KeptRecord | undefined {
    const found = this.#find.get({ ...place, now })
    return found && { rev: found.rev, value: found.value ?? undefined }
  }

  /** Keeps a record under a new revision. */
  keep(place: RecordPlace, value: string | undefined, until: number | undefined): void {
    this.#put.run({ ...place, value: value ?? null, until: until ?? null })
  }

  drop(place: RecordPlace): void {
    this.#drop.run(place)
  }
}
