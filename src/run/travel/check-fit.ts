import { ConflictError, InvalidError } from '../../queue/errors.ts'
import { accept } from '../../queue/plan.ts'
import { tagOf } from '../../queue/succession.ts'
import type { Json } from '../../schema/json.ts'
import { andThen, type MaybePromise } from '../../schema/schema.ts'
import type { StagePlace, TravelPlace } from './stage-place.ts'

/** What is to go to a stage. */
export interface Going {
  readonly id: string
  readonly value: Json
  readonly frames: readonly Json[]
}

/**
 * `value` as `stage` stores it. Throws an `InvalidError` if it is in a state that the stage does not take, or does not fit its
 * schema, or would be under an id that it must not have, and a `ConflictError` if the token has other frames than a token has there.
 */
export function checkFit(
  { checkId }: Pick<TravelPlace, 'checkId'>,
  stage: StagePlace,
  { id, value, frames }: Going,
): MaybePromise<Json> {
  const { queue, tags, around } = stage
  const tag = tagOf(value)
  if (tags && !(tag !== undefined && tags.includes(tag))) {
    const found = tag === undefined ? 'has a value without a tag' : `is in state ${tag}`
    throw new InvalidError(
      `Token "${id}" ${found}, and queue "${queue}" takes ${sayTags(tags)}; give it a value that is one.`,
      { queue, id },
    )
  }
  if (frames.length !== around.length)
    throw new ConflictError(
      `Token "${id}" cannot go to queue "${queue}" with ${sayFrames(frames.length)}: there a token has ${sayAround(around)}.`,
      { queue, id },
    )
  return andThen(accept(queue, stage.schema, { id, value }), (accepted) =>
    checkId ? andThen(checkId(id, accepted), () => accepted) : accepted,
  )
}

/**
 * The frames with which a token goes from one stage to another: those of the wrapped composites that both are in. Undefined if the
 * other is in one that the token has not entered.
 */
export function framesFor(
  from: StagePlace | undefined,
  to: StagePlace,
  frames: readonly Json[],
): readonly Json[] | undefined {
  const isWithin = to.around.every((path, i) => from?.around[i] === path)
  return isWithin && frames.length >= to.around.length ? frames.slice(0, to.around.length) : undefined
}

function sayTags(tags: readonly string[]): string {
  if (tags.length === 1) return tags[0]!
  return `${tags.slice(0, -1).join(', ')} or ${tags.at(-1)}`
}

function sayFrames(count: number): string {
  return count === 1 ? '1 frame' : `${count} frames`
}

function sayAround(around: readonly string[]): string {
  return around.length === 0 ? 'none' : `${sayFrames(around.length)}, of ${around.join(' and ')}`
}
