import { UnroutableError } from '../queue/errors.ts'
import type { Plan } from '../queue/plan.ts'
import { refuseUnread } from '../schema/refuse-unread.ts'
import { isTagged, type States, type Tagged } from '../schema/state.ts'
import { checkWiring } from './check-wiring.ts'
import type { ArtifactOf, CtxOf, StatePipeline } from './pipeline.ts'
import type { InputWiring, OutputWiring, StageWiring } from './wiring.ts'

/** The artifact of each stage, by the stages' names. */
export type Artifacts<S> = { readonly [K in keyof S]: ArtifactOf<S[K]> }

/** A state machine of pipelines; itself a pipeline, so workflows nest. */
export interface Workflow<In extends Tagged, Out extends Tagged, S>
  extends StatePipeline<In, Out, Artifacts<S>, CtxOf<S[keyof S]>> {
  readonly stages: S
}

/**
 * A state machine of pipelines: each result goes to the stage that accepts its state, or out. A workflow in which
 * a token could get lost does not compile; what the compiler cannot see throws a `TypeError` here.
 */
export function workflow<
  In extends Tagged,
  Out extends Tagged,
  const S extends StageWiring<In, Out, S>,
>(definition: {
  readonly input: States<In> & InputWiring<In, S>
  readonly output: States<Out> & OutputWiring<Out, S>
  readonly stages: S
}): Workflow<In, Out, S> {
  refuseUnread('A workflow has', definition, ['input', 'output', 'stages'])
  const { input, output } = definition
  checkWiring({ input, output, stages: definition.stages as Readonly<Record<string, StatePipeline>> })
  const stages = Object.entries(definition.stages as Readonly<Record<string, StatePipeline>>)
  return {
    ...definition,
    connect({ path, exit, depth, fail }) {
      const routes = new Map<string, Plan<any>>(output.tags.map((tag) => [tag, exit]))
      const route: Plan<Tagged> = (token, value) => {
        const next = isTagged(value) ? routes.get(value.tag) : undefined
        if (next) return next(token, value)
        throw unroutable(path, token.id, value)
      }
      const connected = stages.map(([name, stage]) => {
        const inner = stage.connect({ path: `${path}/${name}`, exit: route, depth, fail })
        for (const tag of stage.input.tags) routes.set(tag, inner.enter)
        return [name, inner] as const
      })
      return {
        enter: (token, value) => {
          const accepted = isTagged(value) && input.tags.includes(value.tag)
          if (!accepted) throw unroutable(path, token.id, value)
          return route(token, value)
        },
        queues: connected.flatMap(([, { queues }]) => queues),
        artifact: (runtime, ctx) =>
          Object.fromEntries(
            connected.map(([name, { artifact }]) => [name, artifact(runtime, ctx)]),
          ) as Artifacts<S>,
      }
    },
  }
}

function unroutable(path: string, id: string, value: unknown): UnroutableError {
  const state = isTagged(value) ? `state "${value.tag.slice(0, 100)}"` : 'a value without a tag'
  return new UnroutableError(`Workflow "${path}" has no stage for token "${id}" in ${state}.`, { id })
}
