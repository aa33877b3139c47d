import type { Json } from '../schema/json.ts'
import type { Fault } from './cause.ts'

/** What can be recorded. */
export const stepKinds = ['step', 'signal', 'child', 'race', 'sleep', 'patch'] as const

/**
 * An outcome that was recorded while the work on a message went on, by `remember`: once at each path of a stay, with which it
 * is gone.
 */
export interface Step {
  /** Where it is in the stay: 1 to 200 characters, such as `4.1.2`. */
  readonly path: string
  readonly kind: (typeof stepKinds)[number]
  readonly name: string
  /** A whole number that tells what it was asked with from anything else. */
  readonly hash?: number | undefined
  /** The number of the version of the workflow that recorded it. */
  readonly deploy: number
  readonly value?: Json | undefined
  readonly failure?: Fault | undefined
  /** When it was recorded, in milliseconds since 1970; the backend's time unless told. */
  readonly at?: number | undefined
}
