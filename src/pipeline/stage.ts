import type { Push } from '../queue/change.ts'
import { type Remembered, type Role, remembered } from '../queue/declaration.ts'
import { planPush } from '../queue/plan.ts'
import type { Decisions } from '../run/desk/desk.ts'
import { checkOptions, type WorkOptions } from '../run/work/work.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import { checkSchema, type Repeatable, type Schema } from '../schema/schema.ts'
import { isStates } from '../schema/state.ts'
import { answering } from './answering.ts'
import { attributesOf } from './attributes.ts'
import { checkLimits } from './check-limits.ts'
import type { Facets } from './facet.ts'
import { facetsOf } from './facets.ts'
import { type LimitOptions, limitOptions } from './gate.ts'
import { type Ends, makeEnds } from './make-ends.ts'
import { makeLens } from './make-lens.ts'
import type { Pipeline } from './pipeline.ts'
import type { Place } from './place.ts'
import { standOf } from './stand.ts'
import { textOf } from './text.ts'

/** A leaf: one queue in, one out, and the artifact that moves messages between them. */
export interface Stage<In, Out, Artifact, Ctx> extends Pipeline<In, Out, Artifact, Ctx> {
  readonly leaf: true
}

/** Options of every leaf's queue. */
export interface StageOptions {
  /** Earlier names of this stage in its workflow; messages that wait there go on here. */
  readonly was?: readonly string[]
  /**
   * Which values the history remembers of this stage, beside those that are there now: by default `turns`, so those that enter,
   * fail, are cancelled or are decided on; `all`, so each that was worked on too; or `none`.
   */
  readonly values?: Remembered
}

/** What a leaf makes of its values as they come to its queue. */
export interface Faceted<In> {
  /**
   * The facts by which its messages are found and counted, such as the class of an error: at most 50, worked out as a message comes. A
   * wrapper around it that has facets makes them of the whole state instead.
   */
  readonly facets?: (value: NoInfer<In>) => Facets
  /**
   * The text by whose words its messages are found (`text:word` in a filter), worked out as a message comes and cut at 10,000 characters. A
   * wrapper around it that has a text makes it of the whole state instead.
   */
  readonly text?: (value: NoInfer<In>) => string
}

/**
 * The stage whose artifact is made by `definition.artifact`, once per call of `artifacts()`. Its `input` gives leased
 * messages; pushing to its `output` under the same id is the hop, in one commit. If the artifact is a loop that rejects,
 * the message it has in hand is failed first, as by `input.fail`, or given back if it is not, or may not be, to blame.
 * Throws a `RangeError` for an option that is out of range, a `TypeError` for an unknown one.
 */
// `NoInfer`: inside of a workflow, `any` would be inferred for a context that no function uses.
export function stage<In, Out, Artifact, Ctx = unknown, InRaw = In, OutRaw = Out>(
  definition: StageOptions &
    Faceted<In> &
    LimitOptions<NoInfer<In>> &
    Pick<WorkOptions, 'leaseMs' | 'timeoutMs' | 'graceMs' | 'retry'> & {
      readonly input: Schema<In, InRaw> & Repeatable<In, InRaw>
      readonly output: Schema<Out, OutRaw> & Repeatable<Out, OutRaw>
      readonly artifact: (ends: Ends<In, Out>, ctx: Ctx) => Artifact
    },
): Stage<In, Out, Artifact, NoInfer<Ctx>> {
  refuseUnread('A stage has', definition, stageKeys)
  const { input, output, artifact } = definition
  const options = checkOptions(definition)
  return leaf({
    ...{ input, output, options: definition },
    role: 'stage',
    artifact: (place, ctx: Ctx) => {
      const { ends, reader } = makeEnds<In, Out>(place, options)
      return answering(artifact(ends, ctx), { ends, reader })
    },
  })
}

const stageKeys = keysOf<Parameters<typeof stage>[0]>({
  input: true,
  output: true,
  artifact: true,
  was: true,
  values: true,
  facets: true,
  text: true,
  ...limitOptions,
  leaseMs: true,
  timeoutMs: true,
  graceMs: true,
  retry: true,
})

/** Any leaf: its queue is called like its site, and it sees its messages through the lens of its wrapper. */
export function leaf<In, Out, Artifact, Ctx>(definition: {
  readonly input: Schema<In>
  readonly output: Schema<Out>
  readonly role: Role
  readonly options: StageOptions & Faceted<In> & LimitOptions<NoInfer<In>>
  readonly hasLoop?: boolean
  /** How a message rests as it comes; by default not at all. */
  readonly arrival?: Pick<Push, 'wait' | 'delayMs'>
  readonly letters?: Readonly<Record<string, Schema>> | undefined
  readonly decisions?: Decisions
  readonly artifact: (place: Place<In, Out>, ctx: Ctx) => Artifact
}): Stage<In, Out, Artifact, Ctx> {
  const { input, output, role, options, hasLoop = false, arrival, letters, decisions, artifact } = definition
  const { was, values, facets, text } = options
  checkSchema('`input` of a stage has to be a schema', input)
  checkSchema('`output` of a stage has to be a schema', output)
  checkRemembered(values)
  checkLimits(options)
  return {
    leaf: true,
    input,
    output,
    connect(site) {
      const queue = site.path
      // A decision is checked at its desk.
      const lens = makeLens<In, Out>({ input, output: role === 'review' ? undefined : output }, site)
      const tags = isStates(lens.schema) ? lens.schema.tags : undefined
      const made = { facets: facetsOf(queue, facets, site.wrapper), text: textOf(text, site.wrapper) }
      const attributes = attributesOf(queue, { ...made, lens, options })
      const beside = queue.slice(0, queue.lastIndexOf('/') + 1)
      const { behind, gates } = standOf(queue, options)
      const names = behind?.map((each) => each.gate)
      const spec = { name: queue, role, tags, was: was?.map((name) => beside + name), values, behind }
      return {
        enter: planPush(queue, lens.schema, { arrival, attributes }),
        queues: [
          {
            ...{ ...spec, stored: lens.schema, hasLoop, late: lens.late, letters, gates },
            ...{ around: [], lens, decisions, attributes },
          },
        ],
        artifact: (runtime, ctx) => artifact({ queue, gates: names, lens, runtime }, ctx),
      }
    },
  }
}

function checkRemembered(values: Remembered | undefined): void {
  if (values === undefined || remembered.includes(values)) return
  throw new RangeError(`\`values\` of a stage is ${JSON.stringify(values)}; it is none, turns or all.`)
}

/** Whether `pipeline` is a leaf, so that a wrapper needs no frame. */
export function isLeaf(pipeline: Pipeline): boolean {
  return 'leaf' in pipeline && pipeline.leaf === true
}
