import type { Runtime } from '../run/runtime.ts'
import { withoutOwn } from '../run/work/make-context.ts'
import { runWork } from '../run/work/run-work.ts'
import { checkOptions, type Process, type Work, type WorkOptions } from '../run/work/work.ts'
import type { WorkContext } from '../run/work/work-context.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import type { MaybePromise, Repeatable, Schema } from '../schema/schema.ts'
import { type LimitOptions, limitOptions } from './gate.ts'
import type { Given } from './pipeline.ts'
import type { Place } from './place.ts'
import { type Faceted, leaf, type Stage, type StageOptions } from './stage.ts'

/** Something to run until `signal` aborts; resolves when nothing of it runs any more. */
export type Runnable = (signal: AbortSignal) => Promise<void>

const slots = new WeakMap<Runnable, number>()

/** How many messages a `worker` works on at once at most; undefined for a loop of another kind. */
export function concurrencyOf(run: Runnable): number | undefined {
  return slots.get(run)
}

// `NoInfer`: the schemas decide the types, so that the compiler blames a function that does not fit, not its schema. No
// union of both kinds of functions: the compiler would report both where one does not fit.
/** A worker: what it does, and with what. */
export interface WorkerDefinition<In, Out, Ctx, Ctxs, Batch, InRaw, OutRaw>
  extends WorkOptions,
    StageOptions,
    Faceted<In>,
    LimitOptions<NoInfer<In>> {
  /** Of the values that `process` gets: what `pre` makes is checked by it. */
  readonly input: Schema<In, InRaw> & Repeatable<In, InRaw>
  /** Of the values that it returns: one that does not fit fails the attempt. */
  readonly output: Schema<Out, OutRaw> & Repeatable<Out, OutRaw>
  /** How many messages are worked on together at most, from 2; by default one at a time. */
  readonly batch?: Batch
  /**
   * Turns one value into the next; what it throws is tried again as `retry` says. With `batch` it takes several, and
   * gives for each, in their order, the next one or the `Error` that it failed with.
   */
  readonly process: Batch extends number
    ? (
        values: readonly NoInfer<In>[],
        ctxs: readonly WorkContext<Ctxs>[],
      ) => readonly (NoInfer<Out> | Error)[] | PromiseLike<readonly (NoInfer<Out> | Error)[]>
    : (value: NoInfer<In>, ctx: WorkContext<Ctx>) => NoInfer<Out> | PromiseLike<NoInfer<Out>>
}

/** The context that either kind of function needs. */
type Asked<Ctx, Ctxs, Batch> = Given<Batch extends number ? Ctxs : Ctx>

/**
 * A stage that passes each message through `process`. A failure is tried again as `retry` says, then goes where the
 * wrapper's `failed` leads, or is buried. Throws a `RangeError` for an option that is out of range, a
 * `TypeError` for an unknown one and without `process`.
 */
export function worker<
  In,
  Out,
  Ctx = unknown,
  Ctxs = unknown,
  Batch extends number | undefined = undefined,
  InRaw = In,
  OutRaw = Out,
>(
  definition: WorkerDefinition<In, Out, Ctx, Ctxs, Batch, InRaw, OutRaw>,
): Stage<In, Out, Runnable, Asked<Ctx, Ctxs, Batch>> {
  refuseUnread('A worker has', definition, workerKeys)
  const options = checkOptions(definition)
  const process = processOf<In, Out>(definition.batch, definition.process)
  return leaf({
    input: definition.input,
    output: definition.output,
    options: definition,
    role: 'stage',
    hasLoop: true,
    artifact: ({ runtime, ...place }: Place<In, Out>, given: Asked<Ctx, Ctxs, Batch>): Runnable => {
      const work = { ...place, ...options, process, given: withoutOwn((given ?? {}) as object) }
      return runnableOf(work, runtime)
    },
  })
}

/** What runs `work` in this process, as many at once as the runtime says, or the work itself. */
export function runnableOf<In, Out>(work: Work<In, Out>, runtime: Runtime): Runnable {
  const concurrency = runtime.concurrency?.get(work.queue) ?? work.concurrency
  const run: Runnable = async (signal) => {
    const { tracing } = runtime
    const tuned = { ...work, concurrency }
    await runWork(tracing?.isOn() ? tracing.traced(tuned, runtime) : tuned, runtime, signal)
  }
  slots.set(run, concurrency)
  return run
}

const workerKeys = keysOf<WorkerDefinition<any, any, any, any, any, any, any>>({
  input: true,
  output: true,
  process: true,
  batch: true,
  was: true,
  values: true,
  facets: true,
  text: true,
  concurrency: true,
  retry: true,
  timeoutMs: true,
  leaseMs: true,
  graceMs: true,
  crashes: true,
  ...limitOptions,
})

type SingleWork<In, Out> = (value: In, ctx: any) => MaybePromise<Out>
type BatchWork<In, Out> = (values: readonly In[], ctxs: any) => MaybePromise<readonly (Out | Error)[]>

function processOf<In, Out>(
  batch: number | undefined,
  process: SingleWork<In, Out> | BatchWork<In, Out>,
): Process<In, Out> {
  if (typeof process !== 'function') throw new TypeError('A worker needs a function `process`.')
  if (batch === undefined) return { size: 1, one: process as SingleWork<In, Out> }
  if (!Number.isInteger(batch) || batch < 2)
    throw new RangeError(`batch is ${batch}; it is a whole number from 2.`)
  const together = process as BatchWork<In, Out>
  return { size: batch, many: async (values, contexts) => together(values, contexts) }
}
