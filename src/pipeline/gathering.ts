import { planPush } from '../queue/plan.ts'
import { gather } from '../run/gather/gather.ts'
import type { Gathering } from '../run/gather/gathering.ts'
import { runWork } from '../run/work/run-work.ts'
import { checkOptions, type WorkOptions } from '../run/work/work.ts'
import { keysOf } from '../schema/refuse-unread.ts'
import type { Schema } from '../schema/schema.ts'
import { outputLens } from './output-lens.ts'
import type { Connected, LaidQueue, Pipeline, Site } from './pipeline.ts'
import type { Place } from './place.ts'
import { leaf, type StageOptions } from './stage.ts'
import type { Runnable } from './worker.ts'

/** How the join of children is driven: its own attempts, not those of the children. */
export interface JoinOptions
  extends StageOptions,
    Pick<WorkOptions, 'concurrency' | 'retry' | 'timeoutMs' | 'leaseMs' | 'graceMs' | 'crashes'> {}

/** The names of these options. */
export const joinKeys = keysOf<JoinOptions>({
  concurrency: true,
  retry: true,
  timeoutMs: true,
  leaseMs: true,
  graceMs: true,
  crashes: true,
  was: true,
  values: true,
})

/** The branches of a join, by name, and how it works once it is known how tokens enter them. */
export interface Branching<In, Out> {
  readonly input: Schema<In>
  readonly output: Schema<Out>
  readonly branches: Readonly<Record<string, Pipeline>>
  readonly options: JoinOptions
  readonly gathering: (enter: Readonly<Record<string, Connected<any, any>['enter']>>) => Gathering<In, Out>
}

/**
 * Lays a join out at a site: its own queue, `join`, in which a token waits for its children; the branches, by their names; and
 * `results/NAME`, where the results of a branch become letters.
 */
export function connectJoin<In, Out>(
  { input, output, branches, options, gathering }: Branching<In, Out>,
  site: Site,
): Connected<{ readonly join: Runnable } & Record<string, unknown>, any> {
  const { path } = site
  const laid = Object.entries(branches).map(([name, branch]) => {
    const results = `${path}/results/${name}`
    const exit = planPush(results, branch.output)
    const queue: LaidQueue = {
      ...{ name: results, role: 'reply', stored: branch.output, hasLoop: false, gates: [] },
      ...{ around: [], ofChildren: true, lens: outputLens(branch, results) },
    }
    const connected = branch.connect({ path: `${path}/${name}`, exit, depth: 0 })
    const queues = connected.queues.map((each) => ({ ...each, ofChildren: true }))
    return { name, connected, queues: [...queues, queue] }
  })
  const work = gathering(Object.fromEntries(laid.map(({ name, connected }) => [name, connected.enter])))
  const checked = checkOptions(options)
  const join = leaf<In, Out, Runnable, unknown>({
    ...{ input, output, options, role: 'stage', hasLoop: true },
    artifact: ({ runtime, ...place }: Place<In, Out>): Runnable => {
      const process = {
        size: 1,
        resting: (attempt: any, opened: any) => gather(work, attempt, opened, runtime),
      } as const
      return (signal) => runWork({ ...place, ...checked, process, given: {} }, runtime, signal)
    },
  }).connect({ ...site, path: `${path}/join`, wrapper: undefined })
  return {
    enter: join.enter,
    queues: [...join.queues, ...laid.flatMap(({ queues }) => queues)],
    artifact: (runtime, ctx) => ({
      ...Object.fromEntries(laid.map(({ name, connected }) => [name, connected.artifact(runtime, ctx)])),
      join: join.artifact(runtime, undefined),
    }),
  }
}
