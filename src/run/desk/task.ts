import type { Marks } from '../../queue/marks.ts'
import { holderOf } from '../../queue/person.ts'
import type { Row } from '../../queue/rows.ts'
import { shownFault } from '../../queue/shown-fault.ts'

/** One message on a desk, as a person sees it. */
export interface Task<In = unknown> {
  readonly id: string
  readonly hop: number
  /** What is stored: the whole state, if the review is wrapped. */
  readonly state: unknown
  /** What the review is about: `pre` of the state. Absent in lists, and where `problem` says why. */
  readonly value?: In
  /** Why the state could not be opened, if it could not. */
  readonly problem?: string
  readonly status: Row['status']
  readonly enteredAt: number
  readonly priority: number
  readonly attempts: number
  /** What it is found by, and what people have set. */
  readonly marks: Marks
  /** How often people have changed its marks. */
  readonly rev: number
  /** What went wrong here, or else what brought it here. */
  readonly error?: Row['error']
  /** Who has claimed it, and for how long still. */
  readonly claimedBy?: string
  readonly claimLeftMs?: number
}

/** A row of the queue behind a desk, as a task that was not opened. */
export function taskOf<In>(row: Row): Task<In> {
  const { id, hop, value, status, enteredAt, priority, attempts, marks = {}, rev, owner, leaseLeftMs } = row
  const error = row.error ?? row.brought
  const claimed =
    status === 'leased' && owner !== undefined
      ? { claimedBy: holderOf(owner), claimLeftMs: leaseLeftMs ?? 0 }
      : {}
  return {
    id,
    hop,
    state: value,
    status,
    enteredAt,
    priority,
    attempts,
    marks,
    rev,
    ...(error && { error: shownFault(error) }),
    ...claimed,
  }
}

/** Why a message cannot be claimed: who has it, or its status. */
export function sayHolder({ status, owner }: Row): string {
  if (status === 'leased') return `${holderOf(owner ?? 'another person')} has it`
  return status === 'dead' ? 'it is dead; revive it first' : `it is ${status}`
}

/** Why a claim was not given on a message at a desk whose queue may be paused. */
export function sayUnclaimed(row: Row, isPaused: boolean): string {
  if (row.status === 'ready' || row.status === 'delayed') {
    if (isPaused) return 'its queue is paused; resume it first'
    if (row.status === 'ready') return 'it has become free only now; claim it again'
  }
  return sayHolder(row)
}
