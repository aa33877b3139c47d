import type { Remembered, Role } from '../../../queue/declaration.ts'
import type { Behind } from '../../../queue/gate.ts'
import type { Standing } from '../../../queue/rules/gate-record.ts'

/** A queue as the registry knows it. */
export interface QueueEntry {
  readonly ref: number
  readonly name: string
  /** The name of its view in SQL. */
  readonly view: string
  readonly workflow: string
  readonly role: Role
  /** Of which stays in it the values are kept. */
  readonly values: Remembered
  /** The tags that it accepts, as JSON text; null if its values are no states. */
  readonly tags: string | null
  /** 1 if its workflow no longer has it. */
  readonly retired: number
  /** The refs of the queues that take over what is pushed into it, as JSON text; null if it takes all itself. */
  readonly heirs: string | null
  /** The gates that it stands behind beside its own, as JSON text; null for none. */
  readonly behind: string | null
  /** 1 if its leases pay at gates. */
  readonly gated: number
  /** 1 if tokens of its workflow hold units at gates. */
  readonly holding: number
  /** 1 if its messages have keys. */
  readonly keyed: number
}

/** A queue, as the gates know it. */
export function standOf({ name, behind }: Pick<QueueEntry, 'name' | 'behind'>): Standing {
  return { name, behind: behind === null ? none : (JSON.parse(behind) as Behind[]) }
}

const none: readonly Behind[] = []

/** Whether a queue accepts states with this tag. */
export function accepts({ tags }: Pick<QueueEntry, 'tags'>, tag: string | undefined): boolean {
  return tag !== undefined && tags !== null && (JSON.parse(tags) as string[]).includes(tag)
}
