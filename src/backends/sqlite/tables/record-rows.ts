import type { RecordPlace } from '../../../queue/rules/world.ts'
import type { Connection } from '../file/connection.ts'

/** The statements on single records. */
export class RecordRows {
  readonly #revision
  readonly #drop
  readonly #insert

  constructor(db: Connection) {
    const which = 'workflow = @workflow and token = @token and hop = @hop and key = @key'
    this.#revision = db
      .prepare<[RecordPlace & { readonly now: number }], number>(
        `select rev from pw_records where ${which} and (until is null or until > @now)`,
      )
      .pluck()
    this.#drop = db.prepare<[RecordPlace]>(`delete from pw_records where ${which}`)
    this.#insert = db.prepare<
      [RecordPlace & { readonly value: string | null; readonly until: number | null }]
    >(
      `insert into pw_records (workflow, token, hop, key, value, until) values (@workflow, @token, @hop, @key, @value, @until)`,
    )
  }

  /** The revision of a record that has not ended by the wall time `now`; undefined if there is none. */
  revision(place: RecordPlace, now: number): number | undefined {
    return this.#revision.get({ ...place, now })
  }

  /** Keeps a record under a new revision. */
  keep(place: RecordPlace, value: string | undefined, until: number | undefined): void {
    this.#drop.run(place)
    this.#insert.run({ ...place, value: value ?? null, until: until ?? null })
  }

  drop(place: RecordPlace): void {
    this.#drop.run(place)
  }
}
