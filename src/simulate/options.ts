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

/** What a context may be made of. */
export interface Making<In> {
  /** The time that the simulation moves. A handler that waits, waits by it. */
  readonly clock: Clock
  /** Where tokens enter: for `also`. */
  readonly input: WriteQueue<In>
  /** Choices that the seed decides, for handlers that leave something to chance. */
  readonly random: Random
}

/** What is to be simulated. */
export interface Simulation<In, Ctx> {
  readonly inputs: readonly Entry<In>[]
  /** Decides everything that is left to chance; the time unless told. */
  readonly seed?: number | undefined
  /** 'every' unless told. */
  readonly crashes?: Crashes | undefined
  /** How many processes run at once, each with all the workers; 2 unless told. One that dies is replaced. */
  readonly processes?: number | undefined
  /** What a person decides about a task; undefined leaves it on the desk. By chance, what needs no fields, unless told. */
  readonly decide?: Decide | undefined
  /** Called after each run, for what the workflow has done elsewhere; what it throws fails the simulation. */
  readonly check?:
    | ((run: { readonly tokens: readonly Ended[]; readonly context: Ctx }) => MaybePromise<void>)
    | undefined
  /** The name of the workflow, as in `makeQueues`; 'simulated' unless told. */
  readonly name?: string | undefined
  /** Opens an empty backend that goes by the clock; memory unless told. */
  readonly backend?: ((clock: FakeClock) => MaybePromise<Backend>) | undefined
  /** Milliseconds of simulated time in which every token has to end; an hour unless told. */
  readonly budgetMs?: number | undefined
  /** How many hops a token may make; 100 unless told. */
  readonly maxHops?: number | undefined
  /** Milliseconds of real time that a handler may work on what is outside, such as files; 5,000 unless told. */
  readonly handlerMs?: number | undefined
}

/** What all the stages' functions ask for, or how to make it: then each run gets one of its own. */
export type Contextual<In, Ctx> = Ctx | ((making: Making<In>) => MaybePromise<Ctx>)

/** What `simulate` is told, the context among it if the stages ask for one. */
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
