import type { Remembered, Role } from '../../../queue/declaration.ts'
import type { Behind } from '../../../queue/gate.ts'
import type { Standing } from '../../../queue/rules/gate-record.ts'

/** A queue as the registry knows it. Never changed: when anything about it has changed there is another object. */
export interface QueueEntry {
  readonly ref: number
  readonly name: string
  /** The name of its view in SQL. */
  readonly view: string
  readonly workflow: string
  readonly role: Role
  /** Of which stays in it the values are kept. */
  readonly values: Remembered
  /** The tags that it accepts; undefined if its values are no states. */
  readonly tags: readonly string[] | undefined
  readonly isRetired: boolean
  /** The refs of the queues that take over what is pushed into it; undefined if it takes all itself. */
  readonly heirs: readonly number[] | undefined
  /** The gates that it stands behind beside its own. */
  readonly behind: readonly Behind[]
  /** Whether its leases pay at gates. */
  readonly gated: boolean
  /** Whether tokens of its workflow hold units at gates. */
  readonly holding: boolean
  /** Whether its messages have keys. */
  readonly keyed: boolean
}

/** A queue as its row has it. */
export interface QueueCells {
  readonly ref: number
  readonly name: string
  readonly view: string
  readonly workflow: string
  readonly role: Role
  readonly keeps: Remembered
  readonly tags: string | null
  readonly retired: boolean
  readonly heirs: string | null
  readonly behind: string | null
  readonly gated: boolean
  readonly holding: boolean
  readonly keyed: boolean
}

/** The columns of these cells. */
export const queueColumns =
  'ref, name, view, workflow, role, keeps, tags, retired, heirs, behind, gated, holding, keyed'

/** Makes an entry of its cells. */
export function entryOf({ keeps, tags, retired, heirs, behind, ...rest }: QueueCells): QueueEntry {
  return {
    ...rest,
    values: keeps,
    tags: tags === null ? undefined : (JSON.parse(tags) as string[]),
    isRetired: retired,
    heirs: heirs === null ? undefined : (JSON.parse(heirs) as number[]),
    behind: behind === null ? [] : (JSON.parse(behind) as Behind[]),
  }
}

/** A queue, as the gates know it. */
export function standOf({ name, behind }: QueueEntry): Standing {
  return { name, behind }
}
