import type { Backend } from '../queue/backend.ts'
import type { Clock } from '../queue/clock.ts'
import type { PushOptions, WriteQueue } from '../queue/write-queue.ts'
import { keysOf } from '../schema/refuse-unread.ts'
import type { MaybePromise } from '../schema/schema.ts'
import type { Random } from '../testing/backend-model/random.ts'
import type { FakeClock } from '../testing/fake-clock.ts'
import type { Crashes } from './crash-plan.ts'
import type { Decide } from './people.ts'
import type { Ended } from './report.ts'

/** A token that enters. */
export interface Entry<In> extends PushOptions {
  readonly id: string
  readonly value: In
}

/** What the function that makes a context gets. */
export interface Making<In> {
  /** The time that the simulation moves. A handler that waits, waits by it. */
  readonly clock: Clock
  /** Where tokens enter: for `also`. */
  readonly input: WriteQueue<In>
  /** Random numbers that the seed decides, for handlers that need them. */
  readonly random: Random
}

/** What is to be simulated. */
export interface Simulation<In, Ctx> {
  readonly inputs: readonly Entry<In>[]
  /** The seed of all random choices; the time by default. */
  readonly seed?: number | undefined
  /** 'every' by default. */
  readonly crashes?: Crashes | undefined
  /** How many processes run at once, each with all the workers; 2 by default. One that dies is replaced. */
  readonly processes?: number | undefined
  /** What a person decides about a task; undefined leaves it on the desk. By default a random decision that needs no fields. */
  readonly decide?: Decide | undefined
  /** Called after each run, for what the workflow has done elsewhere; what it throws fails the simulation. */
  readonly check?:
    | ((run: { readonly tokens: readonly Ended[]; readonly context: Ctx }) => MaybePromise<void>)
    | undefined
  /** The name of the workflow, as in `makeQueues`; 'simulated' by default. */
  readonly name?: string | undefined
  /**
   * Opens an empty backend that uses the clock; memory by default. On a server, whose answers come when they come, two runs with one seed
   * may take other steps, and a report may blame a handler for that.
   */
  readonly backend?: ((clock: FakeClock) => MaybePromise<Backend>) | undefined
  /** Milliseconds of simulated time in which every token has to end; an hour by default. */
  readonly budgetMs?: number | undefined
  /** How many hops a token may make; 100 by default. */
  readonly maxHops?: number | undefined
  /** Milliseconds of real time that a handler may work on what is outside, such as files; 5,000 by default. */
  readonly handlerMs?: number | undefined
}

/** The context that all the stages' functions need, or a function that makes one for each run. */
export type Contextual<In, Ctx> = Ctx | ((making: Making<In>) => MaybePromise<Ctx>)

/** The options of `simulate`, with a context if the stages need one. */
export type SimulateOptions<In, Ctx> = Simulation<In, Ctx> &
  (unknown extends Ctx
    ? { readonly context?: Contextual<In, object> }
    : keyof Ctx extends never
      ? { readonly context?: Contextual<In, Ctx> }
      : { readonly context: Contextual<In, Ctx> })

/** The keys of `SimulateOptions`. */
export const optionKeys = [
  ...keysOf<Simulation<any, any>>({
    inputs: true,
    seed: true,
    crashes: true,
    processes: true,
    decide: true,
    check: true,
    name: true,
    backend: true,
    budgetMs: true,
    maxHops: true,
    handlerMs: true,
  }),
  'context',
]
