import type { Remembered, Role } from '../../../queue/declaration.ts'

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
}

/** Whether a queue accepts states with this tag. */
export function accepts({ tags }: Pick<QueueEntry, 'tags'>, tag: string | undefined): boolean {
  return tag !== undefined && tags !== null && (JSON.parse(tags) as string[]).includes(tag)
}
