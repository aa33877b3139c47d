import { NotFoundError } from '../../queue/errors.ts'
import { findNamed } from '../../queue/find-named.ts'
import { tagOf } from '../../queue/succession.ts'
import type { StagePlace, TravelPlace } from './stage-place.ts'

type Stages = TravelPlace['stages']

/** The queue called `name`, or the only one whose name ends so. Throws a `NotFoundError`. */
export function stageNamed(stages: Stages, name: string): StagePlace {
  return stages.get(findNamed(name, [...stages.keys()], { one: 'queue', all: 'queues' }))!
}

/** The queue that has taken over what was in `queue`, in this version, for `value`; throws a `NotFoundError` if there is none. */
export function stageOf(stages: Stages, queue: string, value: unknown): StagePlace {
  const found = heirIn(stages, queue, value)
  if (found) return found
  throw new NotFoundError(
    `This version of the workflow has no queue "${queue}" any more, and none that takes it over.`,
    { queue },
  )
}

/** Of `stages` the one called `queue`, or that takes over what was in it, by the tag of `value` if there are several. */
export function heirIn<Stage extends Pick<StagePlace, 'tags' | 'was'>>(
  stages: ReadonlyMap<string, Stage>,
  queue: string,
  value: unknown,
): Stage | undefined {
  const own = stages.get(queue)
  if (own) return own
  const heirs = [...stages.values()].filter(({ was }) => was?.includes(queue))
  return heirs.length === 1 ? heirs[0] : heirs.find(({ tags }) => tags?.includes(tagOf(value) ?? ''))
}
