import type { GateSettings } from '../gate.ts'
import { parseText } from '../parse-text.ts'
import type { GateRecord } from './gate-record.ts'
import type { OwnSettings } from './gate-settings.ts'

/** A row of `pw_gates`. */
export interface GateCells {
  readonly ref: number
  readonly name: string
  readonly key: string
  readonly declared: string | null
  readonly own: string | null
  /** A truth; SQLite has 0 and 1. */
  readonly closed: boolean | number
  readonly actor: string | null
  readonly reason: string | null
  readonly until: number | null
  readonly held: number
  readonly tat: number
  readonly paid_at: number
  readonly failures: number
  readonly broken_until: number | null
}

/** The columns of these cells. */
export const gateColumns =
  'ref, name, key, declared, own, closed, actor, reason, until, held, tat, paid_at, failures, broken_until'

/** Makes a gate of its cells. */
export function gateRecordOf(cells: GateCells): GateRecord {
  const { ref, name, key, closed, actor, reason, until, held, tat, paid_at, failures, broken_until } = cells
  const shut = { ...(actor && { actor }), ...(reason && { reason }), ...(until !== null && { until }) }
  return {
    ...{ ref, name, key },
    declared: parseText<GateSettings>(cells.declared),
    own: parseText<OwnSettings>(cells.own) ?? {},
    state: {
      ...{ held, tat, failures },
      closed: closed ? shut : undefined,
      paidAt: paid_at,
      brokenUntil: broken_until ?? undefined,
    },
  }
}
