import type { Fault } from '../../../queue/change.ts'
import { type Moment, statusAt } from '../../../queue/lapse.ts'
import type { Marks } from '../../../queue/marks.ts'
import { parseText } from '../../../queue/parse-text.ts'
import type { Leased, Row, Status } from '../../../queue/rows.ts'
import type { Waiting } from '../../../queue/wait.ts'
import type { Json } from '../../../schema/json.ts'

/** The columns that make a `Leased`, in the order of `LeasedCells`. */
export const leasedColumns =
  'token, suspect, priority, id, hop, value, frames, parent, deploy, lease, attempts, crashes'

/** A leased message as SQLite gives it. */
export type LeasedCells = [
  token: number,
  suspect: number,
  priority: number,
  id: string,
  hop: number,
  value: string | null,
  frames: string | null,
  parent: string | null,
  deploy: number,
  lease: number,
  attempts: number,
  crashes: number,
]

/** The columns that make a `Row`, in the order of `RowCells`. */
export const rowColumns = `${leasedColumns}, status, arrived_at, owner, until, due, error, progress, waits, traceparent,
  rev, brought, (select q.name from pw_queues q where q.ref = source),
  iif(lane = 0, null, (select key from pw_lanes where ref = lane)) as key`

/** The same without what may be long: values and frames. */
export const barrenColumns = rowColumns.replace('value, frames', 'null, null')

/** Any message as SQLite gives it. */
export type RowCells = [
  ...leased: LeasedCells,
  status: Status,
  arrivedAt: number,
  owner: string | null,
  until: number | null,
  due: number | null,
  error: string | null,
  progress: string | null,
  waits: string | null,
  traceparent: string | null,
  rev: number,
  brought: string | null,
  source: string | null,
  key: string | null,
]

const noFrames: readonly Json[] = Object.freeze([])

/** Makes a leased message of its cells, under the number `lease`; others may follow them. */
export function leasedOf(cells: readonly [...LeasedCells, ...unknown[]], lease: number): Leased {
  return {
    id: cells[3],
    hop: cells[4],
    value: parseText<Json>(cells[5]),
    frames: cells[6] === null ? noFrames : parseFrames(cells[6]),
    priority: cells[2],
    parent: cells[7] ?? undefined,
    deploy: cells[8],
    lease,
    attempts: cells[10],
    crashes: cells[11],
    suspect: cells[1] !== 0,
  }
}

/** Makes a row of its cells and its marks, as it is at `moment`. Nothing is spread: that would make an object ten times as large. */
export function rowOf(cells: RowCells, moment: Moment, marks: Marks | undefined): Row {
  const [, suspect, priority, id, hop, value, frames, parent, deploy, lease, attempts, crashes] = cells
  const stored = cells[12]
  const owner = cells[14]
  const until = cells[15]
  const due = cells[16]
  const status = statusAt({ status: stored, until, due }, moment)
  const isHeld = status === stored
  return {
    id,
    hop,
    value: parseText<Json>(value),
    frames: frames === null ? noFrames : parseFrames(frames),
    priority,
    parent: parent ?? undefined,
    deploy,
    lease,
    attempts,
    crashes,
    suspect: suspect !== 0,
    status,
    enteredAt: cells[13],
    owner: (isHeld && owner) || undefined,
    leaseLeftMs:
      stored === 'leased' && until !== null ? Math.max(0, until - Math.floor(moment.elapsed)) : undefined,
    dueAt: due ?? undefined,
    error: parseText<Fault>(cells[17]),
    progress: isHeld ? parseText<NonNullable<Row['progress']>>(cells[18]) : undefined,
    waits: status === 'waiting' ? parseText<Waiting>(cells[19]) : undefined,
    traceparent: cells[20] ?? undefined,
    rev: cells[21],
    brought: parseText<Fault>(cells[22]),
    source: cells[23] ?? undefined,
    key: cells[24] ?? undefined,
    marks,
  }
}

// Without frames the token cannot leave the composite that it is in, and is buried there with the reason.
function parseFrames(text: string): readonly Json[] {
  const frames = parseText<Json>(text)
  return Array.isArray(frames) ? frames : noFrames
}
