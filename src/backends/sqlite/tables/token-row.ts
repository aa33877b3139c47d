import type { Fault } from '../../../queue/change.ts'
import type { Row, Status } from '../../../queue/rows.ts'
import type { Tolls } from '../../../queue/rules/paid.ts'
import type { Stay } from '../../../queue/rules/stay.ts'
import type { Waiting } from '../../../queue/wait.ts'
import { parseText } from './parse-text.ts'
import { asksOf, paidOf } from './tolls-text.ts'

/** A token and the state of its message; without its value, which may be long. */
export interface TokenRow {
  readonly token: number
  readonly id: string
  readonly hop: number
  readonly finishedAt: number | undefined
  /** The ref of the queue that it is in; undefined once it has left. */
  readonly queue: number | undefined
  /** The units that it asks for at gates, where that is not 1. */
  readonly asks: Tolls | undefined
  readonly stay: Stay
  /** How often people have changed its marks. */
  readonly rev: number
}

/** The columns of a row that make a `TokenRow`. */
export interface TokenCells {
  readonly token: number
  readonly id: string
  readonly hop: number
  readonly finished_at: number | null
  readonly queue: number | null
  readonly status: Status
  readonly suspect: number
  readonly alone: number
  readonly attempts: number
  readonly crashes: number
  readonly lease: number
  readonly due: number | null
  readonly error: string | null
  readonly progress: string | null
  readonly owner: string | null
  readonly leased_at: number | null
  readonly lease_ms: number | null
  readonly until: number | null
  readonly deadline: number | null
  readonly waits: string | null
  readonly rev: number
  readonly tolls: string | null
}

/** The names of these columns. */
export const tokenColumns = `token, id, hop, finished_at, queue, status, suspect, alone, attempts, crashes, lease, due, error, progress,
  owner, leased_at, lease_ms, until, deadline, waits, rev, tolls`

/** The token that a row is. */
export function tokenRowOf(cells: TokenCells | undefined): TokenRow | undefined {
  if (!cells) return undefined
  const { token, id, hop, finished_at: finishedAt, queue, rev } = cells
  return {
    token,
    id,
    hop,
    finishedAt: finishedAt ?? undefined,
    queue: queue ?? undefined,
    asks: asksOf(cells.tolls),
    stay: stayOf(cells),
    rev,
  }
}

function stayOf(cells: TokenCells): Stay {
  const { status, suspect, alone, attempts, crashes, lease, due, error, progress } = cells
  const { owner, leased_at: leasedAt, lease_ms: leaseMs, until, deadline } = cells
  return {
    ...{ status, attempts, crashes, lease },
    suspect: suspect !== 0,
    alone: alone !== 0,
    due: due ?? undefined,
    wait: status === 'waiting' ? parseText<Waiting>(cells.waits) : undefined,
    error: parseText<Fault>(error),
    progress: parseText<NonNullable<Row['progress']>>(progress),
    held:
      status === 'leased'
        ? {
            owner: owner ?? '',
            leasedAt: leasedAt ?? 0,
            leaseMs: leaseMs ?? 0,
            until: until ?? 0,
            deadline: deadline ?? 0,
            paid: paidOf(cells.tolls),
          }
        : undefined,
  }
}
