import type { Reply } from '../../../queue/letter.ts'
import { parseText } from '../../../queue/parse-text.ts'
import type { Debtor, StayPlace } from '../../../queue/rules/box-world.ts'
import type { Count } from '../../../queue/rules/rest.ts'
import type { Step } from '../../../queue/step.ts'
import type { Connection } from '../file/connection.ts'
import { RowsStatement } from './rows-statement.ts'

/** A letter as its row has it. */
export interface LetterCells {
  readonly token: number
  readonly hop: number
  readonly name: string
  readonly key: string | null
  readonly value: string | null
  readonly failure: string | null
  readonly sender: string | null
}

/** A letter that has come: of which token, of which name, and whether it is a failure. */
export type CameCells = readonly [token: number, name: string, isFailure: number]

/** The cells of a token that say where letters to it go. */
export type AddressCells = readonly [token: number, hop: number, queue: number | null]

const owing =
  'pw_tokens indexed by pw_owing where parent = ? and workflow = ? and reply is not null and queue is not null'
const none: Count = { letters: 0, failures: 0 }

/** The statements on letters, steps and replies. */
export class BoxRows {
  readonly #find
  readonly #insert: RowsStatement<LetterCells>
  readonly #count
  readonly #delete
  readonly #keep
  readonly #record
  readonly #forget
  readonly #clear
  readonly #rewrite
  readonly #reply
  readonly #reported
  readonly #debtors
  readonly #dead

  constructor(db: Connection) {
    this.#find = db
      .prepare<[string, string], AddressCells>(
        'select token, hop, queue from pw_tokens where id = ? and workflow = ?',
      )
      .raw()
    this.#insert = new RowsStatement(db, {
      columns: 7,
      bind: (binds, { token, hop, name, key, value, failure, sender }) =>
        binds.push(token, hop, name, key, value, failure, sender),
      sql: (rows) =>
        `insert into pw_letters (token, hop, name, key, value, failure, sender, at)
           select *, @at from (values ${rows}) where true
           on conflict do nothing returning token, name, failure is not null`,
    })
    // The unary plus: by the other index, letters that have been read would be counted through.
    this.#count = db.prepare<
      [StayPlace & { readonly names: string }],
      { readonly name: string; readonly letters: number; readonly failures: number }
    >(
      `select name, count(*) as letters, count(failure) as failures from pw_letters
         where token = @token and read = 0 and +hop in (0, @hop) and name in (select value from json_each(@names))
         group by name`,
    )
    // The unary pluses: else the whole box would be looked through for a page of it.
    const these = `seq in (select value from json_each(@seqs)) and +token = @token and +read = 0 and +hop in (0, @hop)`
    this.#delete = db.prepare<[StayPlace & { readonly seqs: string }]>(
      `delete from pw_letters where ${these} and key is null`,
    )
    this.#keep = db.prepare<[StayPlace & { readonly seqs: string }]>(
      `update pw_letters set read = 1, value = null, failure = null where ${these} and key is not null`,
    )
    this.#record = db.prepare<unknown[]>(
      `insert into pw_steps (token, hop, path, kind, name, hash, deploy, value, failure, at)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
    )
    this.#forget = db.prepare<[StayPlace]>('delete from pw_steps where token = @token and hop = @hop')
    this.#clear = ['pw_letters', 'pw_steps'].map((table) =>
      db.prepare<[number]>(`delete from ${table} where token = ?`),
    )
    this.#rewrite = db.prepare<[string, number]>('update pw_tokens set value = ? where token = ?')
    this.#reply = db.prepare<[number], string | null>('select reply from pw_tokens where token = ?').pluck()
    this.#reported = db.prepare<[number]>('update pw_tokens set reply = null where token = ?')
    this.#debtors = db.prepare<[string, string, number, number], Debtor>(
      `select token, id from ${owing} and token > ? order by token limit 0 + ?`,
    )
    this.#dead = db.prepare<[string, string, number, string], Debtor>(
      `select token, id from ${owing} and status = 'dead' and json_extract(reply, '$.hop') = ?
         and json_extract(reply, '$.name') in (select value from json_each(?)) order by token limit 1`,
    )
  }

  find(workflow: string, id: string): AddressCells | undefined {
    return this.#find.get(id, workflow)
  }

  /** Puts letters into boxes at the wall time `at`. Returns those that have come: not those whose keys were known. */
  insert(letters: readonly LetterCells[], at: number): readonly CameCells[] {
    return this.#insert.all<CameCells>(letters, { at })
  }

  count(place: StayPlace, names: readonly string[]): (name: string) => Count {
    const found = this.#count.all({ ...place, names: JSON.stringify(names) })
    return (name) => found.find((each) => each.name === name) ?? none
  }

  /** Takes letters out of a box; returns how many were there. */
  read(place: StayPlace, seqs: readonly number[]): number {
    const binds = { ...place, seqs: JSON.stringify(seqs) }
    return this.#keep.run(binds).changes + this.#delete.run(binds).changes
  }

  /** Records a step; returns whether none was at its path. */
  record(
    { token, hop }: StayPlace,
    { path, kind, name, hash, deploy, failure }: Step,
    { value = null, at }: { readonly value: string | null | undefined; readonly at: number },
  ): boolean {
    const fault = failure === undefined ? null : JSON.stringify(failure)
    return this.#record.run(token, hop, path, kind, name, hash ?? null, deploy, value, fault, at).changes > 0
  }

  forget(place: StayPlace): void {
    this.#forget.run(place)
  }

  clear(token: number): void {
    for (const each of this.#clear) each.run(token)
  }

  rewrite(token: number, value: string): void {
    this.#rewrite.run(value, token)
  }

  reply(token: number): Reply | undefined {
    return parseText<Reply>(this.#reply.get(token) ?? null)
  }

  reported(token: number): void {
    this.#reported.run(token)
  }

  debtors(
    workflow: string,
    parent: string,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): readonly Debtor[] {
    return this.#debtors.all(parent, workflow, after, limit)
  }

  deadDebtor(
    workflow: string,
    parent: string,
    { hop, names }: { readonly hop: number; readonly names: readonly string[] },
  ): Debtor | undefined {
    return this.#dead.get(parent, workflow, hop, JSON.stringify(names))
  }
}
