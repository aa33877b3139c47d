import type { Fault } from '../../../queue/change.ts'
import { type Moment, statusAt } from '../../../queue/lapse.ts'
import type { Marks } from '../../../queue/marks.ts'
import { parseText } from '../../../queue/parse-text.ts'
import type { Leased, Row, Status } from '../../../queue/rows.ts'
import type { Waiting } from '../../../queue/wait.ts'
import type { Json } from '../../../schema/json.ts'
import type { QueueNames } from './queue-names.ts'

/** The columns that make a `Leased`, those of `LeasedCells`. */
export const leasedColumns =
  'token, suspect, priority, id, hop, value, frames, parent, deploy, lease, attempts, crashes'

/** A leased message as its row has it. */
export interface LeasedCells {
  readonly token: number
  readonly suspect: boolean
  readonly priority: number
  readonly id: string
  readonly hop: number
  readonly value: string | null
  readonly frames: string | null
  readonly parent: string | null
  readonly deploy: number
  readonly lease: number
  readonly attempts: number
  readonly crashes: number
}

/** The columns that make a `Row`, those of `RowCells`, in a statement in which no other table has one of their names. */
export const rowColumns = `${leasedColumns}, status, arrived_at, owner, until, due, error, progress, waits, traceparent,
  rev, brought, source, (select l.key from pw_lanes l where lane > 0 and l.ref = lane) as key`

/** The same without what may be long: values and frames. */
export const barrenColumns = rowColumns.replace('value, frames', 'null::text as value, null::text as frames')

/** Any message as its row has it. */
export interface RowCells extends LeasedCells {
  readonly status: Status
  readonly arrived_at: number
  readonly owner: string | null
  readonly until: number | null
  readonly due: number | null
  readonly error: string | null
  readonly progress: string | null
  readonly waits: string | null
  readonly traceparent: string | null
  readonly rev: number
  readonly brought: string | null
  readonly source: number | null
  readonly key: string | null
}

const noFrames: readonly Json[] = Object.freeze([])

/** Makes a leased message of its cells, under the number `lease`, by default the one in its row. */
export function leasedOf(cells: LeasedCells, lease = cells.lease): Leased {
  const leased = {
    id: cells.id,
    hop: cells.hop,
    value: parseText<Json>(cells.value),
    frames: cells.frames === null ? noFrames : parseFrames(cells.frames),
    priority: cells.priority,
    parent: cells.parent ?? undefined,
    deploy: cells.deploy,
    lease,
    attempts: cells.attempts,
    crashes: cells.crashes,
    suspect: cells.suspect,
  }
  tokens.set(leased, cells.token)
  return leased
}

const tokens = new WeakMap<Leased, number>()

/** The number of the token that a leased message is of, if its row was read here. */
export function tokenOf(leased: Leased): number | undefined {
  return tokens.get(leased)
}

/** Makes a row of its cells and its marks, as it is at `moment`. */
export function rowOf(
  cells: RowCells,
  {
    moment,
    queues,
    marks,
  }: { readonly moment: Moment; readonly queues: QueueNames; readonly marks: Marks | undefined },
): Row {
  const { status: stored, owner, until, due } = cells
  const status = statusAt({ status: stored, until, due }, moment)
  const isHeld = status === stored
  return {
    ...leasedOf(cells),
    status,
    enteredAt: cells.arrived_at,
    owner: (isHeld && owner) || undefined,
    leaseLeftMs:
      stored === 'leased' && until !== null ? Math.max(0, until - Math.floor(moment.elapsed)) : undefined,
    dueAt: due ?? undefined,
    error: parseText<Fault>(cells.error),
    progress: isHeld ? parseText<NonNullable<Row['progress']>>(cells.progress) : undefined,
    waits: status === 'waiting' ? parseText<Waiting>(cells.waits) : undefined,
    traceparent: cells.traceparent ?? undefined,
    rev: cells.rev,
    brought: parseText<Fault>(cells.brought),
    source: queues.of(cells.source)?.name,
    key: cells.key ?? undefined,
    marks,
  }
}

// Without frames the token cannot leave the composite that it is in, and is buried there with the reason.
function parseFrames(text: string): readonly Json[] {
  const frames = parseText<Json>(text)
  return Array.isArray(frames) ? frames : noFrames
}
