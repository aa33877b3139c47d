import type { Behind, GateSpec } from './gate.ts'

/** What a queue can be for. */
export const roles = ['stage', 'review', 'output', 'reply', 'standing'] as const

/** What a queue can remember. */
export const remembered = ['none', 'turns', 'all'] as const

/** Which queues a workflow wants. */
export interface Declaration {
  readonly workflow: string
  readonly queues: readonly QueueSpec[]
  /** Changes when the shape of stored values changes. */
  readonly fingerprint: string
  /** Lets an older deploy make queues again that a newer one has renamed or left out. */
  readonly rollback?: boolean | undefined
  /** Its gates; those with the name of a queue are the gates of these queues. What was declared last counts. */
  readonly gates?: readonly GateSpec[] | undefined
}

/** A version of a workflow, numbered in the order in which versions were first declared. */
export interface Deploy {
  readonly deploy: number
  readonly fingerprint: string
  /** When it was first declared, in milliseconds since 1970. */
  readonly declaredAt: number
}

/**
 * What a queue is for: work, a person's desk, or finished tokens. Entering an `output` finishes a token. A token that is pushed
 * into a `reply` has left, done, and what was pushed is in the box of its parent, if it has a `reply`. In a `standing` queue are
 * tokens that go on for long: an expired lease is neither a timeout nor a crash there, as at a desk.
 */
export type Role = (typeof roles)[number]

/**
 * Of which stays in a queue the value and the frames are remembered, beside the one that is there now. With `turns`: of those
 * with which a token enters, of those that did not end by work that was done (at a desk, after a failure, cancelled), and of what
 * a person has sent on. With `all` of every stay, with `none` of none.
 */
export type Remembered = (typeof remembered)[number]

/** One queue of a workflow. `tags` are the states it accepts, if its values are states; `was` its earlier names; `values` are by default `turns`. */
export interface QueueSpec {
  readonly name: string
  readonly role: Role
  readonly tags?: readonly string[] | undefined
  readonly was?: readonly string[] | undefined
  /** The gates that it stands behind, beside that of its own name. */
  readonly behind?: readonly Behind[] | undefined
  readonly values?: Remembered | undefined
}
