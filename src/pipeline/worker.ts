import { withoutOwn } from '../run/make-context.ts'
import { onAbort } from '../run/on-abort.ts'
import { checkOptions, type Process, type WorkOptions } from '../run/work.ts'
import type { WorkContext } from '../run/work-context.ts'
import { WorkerLoop } from '../run/worker-loop.ts'
import type { Repeatable, Schema } from '../schema/schema.ts'
import type { Given } from './pipeline.ts'
import type { Place } from './place.ts'
import { leaf, type Stage, type StageOptions } from './stage.ts'

/** Something to run until `signal` aborts; resolves when nothing of it runs any more. */
export type Runnable = (signal: AbortSignal) => Promise<void>

interface Ends<In, Out, InRaw, OutRaw> {
  /** Of the values that `process` gets: what `pre` makes is checked by it. */
  readonly input: Schema<In, InRaw> & Repeatable<In, InRaw>
  /** Of the values that it returns: one that does not fit fails the attempt. */
  readonly output: Schema<Out, OutRaw> & Repeatable<Out, OutRaw>
}

// `NoInfer`: the schemas say what the types are, so that a function that does not fit is blamed, not its schema.
/** How one message at a time is worked on. */
export interface SingleWork<In, Out, Ctx, InRaw, OutRaw> extends Ends<In, Out, InRaw, OutRaw> {
  readonly batch?: never
  /** Turns one value into the next. What it throws is tried again as `retry` says. */
  readonly process: (value: NoInfer<In>, ctx: WorkContext<Ctx>) => NoInfer<Out> | PromiseLike<NoInfer<Out>>
}

/** How several messages are worked on together. */
export interface BatchWork<In, Out, Ctx, InRaw, OutRaw> extends Ends<In, Out, InRaw, OutRaw> {
  /** How many messages are worked on together at the most; from 2. */
  readonly batch: number
  /** Gives for each value, in their order, the next one or the `Error` that it failed with. */
  readonly process: (
    values: readonly NoInfer<In>[],
    ctxs: readonly WorkContext<Ctx>[],
  ) => readonly (NoInfer<Out> | Error)[] | PromiseLike<readonly (NoInfer<Out> | Error)[]>
}

/**
 * A stage that passes each message through `process`. A failure is tried again as `retry` says, then goes where the
 * wrapper's `failed` leads, or is buried. Throws a `RangeError` for an option that makes no sense.
 */
export function worker<In, Out, Ctx = unknown, InRaw = In, OutRaw = Out>(
  definition: (SingleWork<In, Out, Ctx, InRaw, OutRaw> | BatchWork<In, Out, Ctx, InRaw, OutRaw>) &
    WorkOptions &
    StageOptions,
): Stage<In, Out, Runnable, Given<Ctx>> {
  const options = checkOptions(definition)
  const process = processOf(definition)
  return leaf({
    input: definition.input,
    output: definition.output,
    was: definition.was,
    role: 'stage',
    hasLoop: true,
    artifact: ({ runtime, ...place }: Place<In, Out>, given: Given<Ctx>): Runnable => {
      const work = { ...place, ...options, process, given: withoutOwn((given ?? {}) as object) }
      return async (signal) => {
        if (signal.aborted) return
        const loop = new WorkerLoop(work, runtime)
        const stopListening = onAbort(signal, () => loop.stop())
        await loop.ended
        stopListening()
      }
    },
  })
}

function processOf<In, Out>(
  definition: SingleWork<In, Out, any, any, any> | BatchWork<In, Out, any, any, any>,
): Process<In, Out> {
  if (definition.batch === undefined) return { size: 1, one: definition.process }
  const { batch, process } = definition
  if (!Number.isInteger(batch) || batch < 2)
    throw new RangeError(`batch is ${batch}; it is a whole number from 2.`)
  return { size: batch, many: async (values, contexts) => process(values, contexts) }
}
