import type { Backend } from '../../queue/backend.ts'
import type { Clock } from '../../queue/clock.ts'
import type { Attributes, AttributesOf } from '../../queue/plan.ts'
import type { MaybePromise, Schema } from '../../schema/schema.ts'

/** A queue of the workflow, as those who send tokens there by hand have to know it. */
export interface StagePlace {
  readonly queue: string
  /** Of what is stored. */
  readonly schema: Schema
  /** The states that it takes, if its values are states. */
  readonly tags?: readonly string[] | undefined
  /** Its earlier names. */
  readonly was?: readonly string[] | undefined
  /** The wrapped composites that it is in, outermost first: of each a token has a frame. */
  readonly around: readonly string[]
  /** What makes the attributes of a message that comes to it. */
  readonly attributes?: AttributesOf | undefined
}

/** Where tokens travel. */
export interface TravelPlace {
  readonly backend: Backend
  readonly workflow: string
  /** The number of this version of the workflow. */
  readonly deploy: number
  readonly clock: Clock
  /** Every queue of this version, the output among them, by name. */
  readonly stages: ReadonlyMap<string, StagePlace>
  /** Throws an `InvalidError` for a value under an id that it must not have. */
  readonly checkId?: ((id: string, value: unknown) => MaybePromise<void>) | undefined
}

/** What the message of token `id` has beside its value as it comes to a queue. */
export async function attributesIn(
  { stages }: Pick<TravelPlace, 'stages'>,
  { queue, value }: { readonly queue: string; readonly value: unknown },
  id: string,
): Promise<Attributes | undefined> {
  return stages.get(queue)?.attributes?.(value, id)
}
