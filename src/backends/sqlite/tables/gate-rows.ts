import { type GateCells, gateColumns, gateRecordOf } from '../../../queue/rules/gate-cells.ts'
import type { GateRecord } from '../../../queue/rules/gate-record.ts'
import type { Paid } from '../../../queue/rules/paid.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from './prepared.ts'

const selectGates = `select ${gateColumns} from pw_gates`

const save = `update pw_gates set declared = ?, own = ?, closed = ?, actor = ?, reason = ?, until = ?, held = ?, tat = ?,
  paid_at = ?, failures = ?, broken_until = ? where ref = ?`
const holding =
  'update pw_tokens set holds = exists (select 1 from pw_holds where token = @token) where token = @token'

/** The statements on single gates, and on what tokens hold there, each prepared when it is first needed. */
export class GateRows {
  readonly #db: Connection

  constructor(db: Connection) {
    this.#db = db
  }

  find(name: string, key: string): GateRecord | undefined {
    const sql = `${selectGates} where name = ? and key = ?`
    const cells = prepared<[string, string], GateCells>(this.#db, sql).get(name, key)
    return cells && gateRecordOf(cells)
  }

  get(ref: number): GateRecord | undefined {
    const cells = prepared<[number], GateCells>(this.#db, `${selectGates} where ref = ?`).get(ref)
    return cells && gateRecordOf(cells)
  }

  /** All gates, in the order in which they were made. */
  all(): readonly GateRecord[] {
    return prepared<[], GateCells>(this.#db, `${selectGates} order by ref`).all().map(gateRecordOf)
  }

  /** The numbers of the gates of keys whose pace is ahead of `now`. */
  owing(name: string, now: number): readonly number[] {
    const sql = `select ref from pw_gates where name = ? and key <> '' and tat > ?`
    return prepared<[string, number], number>(this.#db, sql).pluck().all(name, now)
  }

  /** Makes a gate and returns its number. */
  insert(name: string, key: string): number {
    const sql = 'insert into pw_gates (name, key) values (?, ?) returning ref'
    return prepared<[string, string], number>(this.#db, sql).pluck().get(name, key)!
  }

  save({ ref, declared, own, state }: GateRecord): void {
    const { closed, held, tat, paidAt, failures, brokenUntil } = state
    this.#run(
      save,
      declared ? JSON.stringify(declared) : null,
      own.limit === undefined && own.rate === undefined ? null : JSON.stringify(own),
      closed ? 1 : 0,
      closed?.actor ?? null,
      closed?.reason ?? null,
      closed?.until ?? null,
      held,
      tat,
      Math.floor(paidAt),
      failures,
      brokenUntil === undefined ? null : Math.ceil(brokenUntil),
      ref,
    )
  }

  /** Gives the gates of a queue its new name. */
  rename(from: string, to: string): void {
    this.#run('update or ignore pw_gates set name = ? where name = ?', to, from)
  }

  heldBy(token: number, gate: number): number {
    const sql = 'select units from pw_holds where token = ? and gate = ?'
    return prepared<[number, number], number>(this.#db, sql).pluck().get(token, gate) ?? 0
  }

  holdsOf(token: number): readonly (Paid & { readonly name: string })[] {
    const sql =
      'select h.gate, h.units, g.name from pw_holds h join pw_gates g on g.ref = h.gate where h.token = ?'
    return prepared<[number], Paid & { readonly name: string }>(this.#db, sql).all(token)
  }

  hold(token: number, gate: number, units: number): void {
    if (units > 0)
      this.#run('insert or replace into pw_holds (token, gate, units) values (?, ?, ?)', token, gate, units)
    else this.#run('delete from pw_holds where token = ? and gate = ?', token, gate)
    this.#run(holding, { token })
  }

  #run(sql: string, ...binds: readonly (object | string | number | null)[]): void {
    prepared<unknown[], never>(this.#db, sql).run(...binds)
  }
}
