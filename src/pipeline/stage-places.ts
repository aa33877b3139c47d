import type { StagePlace } from '../run/travel/stage-place.ts'
import type { LaidOut } from './lay-out.ts'

/** The queues of a workflow that is laid out, as those who send tokens there by hand have to know them. */
export function stagePlaces({
  specs,
  stored,
  stages,
}: Pick<LaidOut<unknown, unknown>, 'specs' | 'stored' | 'stages'>): ReadonlyMap<string, StagePlace> {
  return new Map(
    // What stands in a queue of its own is moved by no one.
    specs
      .filter(({ role }) => role !== 'standing')
      .map(({ name, tags, was }) => [
        name,
        {
          queue: name,
          schema: stored.get(name)!,
          tags,
          was,
          around: stages.get(name)?.around ?? [],
          attributes: stages.get(name)?.attributes,
        },
      ]),
  )
}
