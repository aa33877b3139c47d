import { andThen, type MaybePromise } from '../schema/schema.ts'
import type { Wrapper } from './pipeline.ts'

/** Works something out of what is stored in a message. */
export type OfStored<Value> = (stored: unknown) => MaybePromise<Value>

/**
 * What a stage says of its messages: what the wrapper directly around it says of the `whole` state, if it does; else what its `own` function
 * says of what `pre` makes of that, which is what the stage gets. Undefined if neither says anything.
 */
export function ofState<Value>(
  own: ((value: any) => Value) | undefined,
  whole: ((state: any) => Value) | undefined,
  pre: Wrapper['pre'] | undefined,
): OfStored<Value> | undefined {
  if (whole) return whole
  if (!own || !pre) return own
  return (stored) => andThen(pre(stored), own)
}
