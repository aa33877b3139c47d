import type { Fault } from '../../../queue/change.ts'
import { parseText } from '../../../queue/parse-text.ts'
import type { Row, Status } from '../../../queue/rows.ts'
import type { Tolls } from '../../../queue/rules/paid.ts'
import type { Stay } from '../../../queue/rules/stay.ts'
import type { Waiting } from '../../../queue/wait.ts'
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

/** The columns of a row that make a `TokenRow`, in the order of `TokenCells`. */
export const tokenColumns = `token, id, hop, finished_at, queue, status, suspect, alone, attempts, crashes, lease, due, error, progress,
  owner, leased_at, lease_ms, until, deadline, waits, rev, tolls`

/** A row as SQLite gives it: as an array, since an object with so many fields takes ten times the memory. */
export type TokenCells = [
  token: number,
  id: string,
  hop: number,
  finishedAt: number | null,
  queue: number | null,
  status: Status,
  suspect: number,
  alone: number,
  attempts: number,
  crashes: number,
  lease: number,
  due: number | null,
  error: string | null,
  progress: string | null,
  owner: string | null,
  leasedAt: number | null,
  leaseMs: number | null,
  until: number | null,
  deadline: number | null,
  waits: string | null,
  rev: number,
  tolls: string | null,
]

/** The token that a row is. */
export function tokenRowOf(cells: TokenCells): TokenRow {
  return {
    token: cells[0],
    id: cells[1],
    hop: cells[2],
    finishedAt: cells[3] ?? undefined,
    queue: cells[4] ?? undefined,
    asks: asksOf(cells[21]),
    stay: stayOf(cells),
    rev: cells[20],
  }
}

function stayOf(cells: TokenCells): Stay {
  const status = cells[5]
  return {
    status,
    attempts: cells[8],
    crashes: cells[9],
    lease: cells[10],
    suspect: cells[6] !== 0,
    alone: cells[7] !== 0,
    due: cells[11] ?? undefined,
    wait: status === 'waiting' ? parseText<Waiting>(cells[19]) : undefined,
    error: parseText<Fault>(cells[12]),
    progress: parseText<NonNullable<Row['progress']>>(cells[13]),
    held: status === 'leased' ? heldOf(cells) : undefined,
  }
}

function heldOf(cells: TokenCells): Stay['held'] {
  return {
    owner: cells[14] ?? '',
    leasedAt: cells[15] ?? 0,
    leaseMs: cells[16] ?? 0,
    until: cells[17] ?? 0,
    deadline: cells[18] ?? 0,
    paid: paidOf(cells[21]),
  }
}
