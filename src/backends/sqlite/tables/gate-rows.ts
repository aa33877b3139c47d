import type { GateSettings } from '../../../queue/gate.ts'
import type { GateRecord } from '../../../queue/rules/gate-record.ts'
import type { OwnSettings } from '../../../queue/rules/gate-settings.ts'
import type { Paid } from '../../../queue/rules/paid.ts'
import type { Connection } from '../file/connection.ts'
import { parseText } from './parse-text.ts'

interface Cells {
  readonly ref: number
  readonly name: string
  readonly key: string
  readonly declared: string | null
  readonly own: string | null
  readonly closed: number
  readonly actor: string | null
  readonly reason: string | null
  readonly until: number | null
  readonly held: number
  readonly tat: number
  readonly paid_at: number
  readonly failures: number
  readonly broken_until: number | null
}

/** The SQL that selects the cells of gates. */
export const selectGates = `select ref, name, key, declared, own, closed, actor, reason, until, held, tat, paid_at, failures, broken_until
  from pw_gates`

/** The gate that a row is. */
export function gateRecordOf(cells: Cells): GateRecord {
  const { ref, name, key, closed, actor, reason, until, held, tat, paid_at, failures, broken_until } = cells
  const shut = { ...(actor && { actor }), ...(reason && { reason }), ...(until !== null && { until }) }
  return {
    ref,
    name,
    key,
    declared: parseText<GateSettings>(cells.declared),
    own: parseText<OwnSettings>(cells.own) ?? {},
    state: {
      ...{ held, tat, failures },
      closed: closed === 0 ? undefined : shut,
      paidAt: paid_at,
      brokenUntil: broken_until ?? undefined,
    },
  }
}

/** The statements on single gates, and on what tokens hold there. */
export class GateRows {
  readonly #find
  readonly #get
  readonly #insert
  readonly #save
  readonly #rename
  readonly #heldBy
  readonly #holdsOf
  readonly #hold
  readonly #release
  readonly #holding

  constructor(db: Connection) {
    this.#find = db.prepare<[string, string], Cells>(`${selectGates} where name = ? and key = ?`)
    this.#get = db.prepare<[number], Cells>(`${selectGates} where ref = ?`)
    this.#insert = db
      .prepare<[string, string], number>('insert into pw_gates (name, key) values (?, ?) returning ref')
      .pluck()
    this.#save = db.prepare<unknown[]>(
      `update pw_gates set declared = ?, own = ?, closed = ?, actor = ?, reason = ?, until = ?, held = ?, tat = ?,
         paid_at = ?, failures = ?, broken_until = ? where ref = ?`,
    )
    this.#rename = db.prepare<[string, string]>('update or ignore pw_gates set name = ? where name = ?')
    this.#heldBy = db
      .prepare<[number, number], number>('select units from pw_holds where token = ? and gate = ?')
      .pluck()
    this.#holdsOf = db.prepare<[number], Paid & { readonly name: string }>(
      'select h.gate, h.units, g.name from pw_holds h join pw_gates g on g.ref = h.gate where h.token = ?',
    )
    this.#hold = db.prepare<[number, number, number]>(
      'insert or replace into pw_holds (token, gate, units) values (?, ?, ?)',
    )
    this.#holding = db.prepare<[{ token: number }]>(
      'update pw_tokens set holds = exists (select 1 from pw_holds where token = @token) where token = @token',
    )
    this.#release = db.prepare<[number, number]>('delete from pw_holds where token = ? and gate = ?')
  }

  find(name: string, key: string): GateRecord | undefined {
    const cells = this.#find.get(name, key)
    return cells && gateRecordOf(cells)
  }

  get(ref: number): GateRecord | undefined {
    const cells = this.#get.get(ref)
    return cells && gateRecordOf(cells)
  }

  /** Makes a gate and returns its number. */
  insert(name: string, key: string): number {
    return this.#insert.get(name, key)!
  }

  save({ ref, declared, own, state }: GateRecord): void {
    const { closed, held, tat, paidAt, failures, brokenUntil } = state
    this.#save.run(
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
    this.#rename.run(to, from)
  }

  heldBy(token: number, gate: number): number {
    return this.#heldBy.get(token, gate) ?? 0
  }

  holdsOf(token: number): readonly (Paid & { readonly name: string })[] {
    return this.#holdsOf.all(token)
  }

  hold(token: number, gate: number, units: number): void {
    if (units > 0) this.#hold.run(token, gate, units)
    else this.#release.run(token, gate)
    this.#holding.run({ token })
  }
}
