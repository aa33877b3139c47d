import type { Plan } from '../../queue/plan.ts'
import type { MaybePromise, Schema } from '../../schema/schema.ts'
import type { Arrived, FellOut, Results } from './results.ts'

/** A child that is to enter. */
export interface Child {
  /** What its id ends with; by default its place. */
  readonly suffix?: string | undefined
  /** The name that goes with its result. */
  readonly name?: string | undefined
  readonly value: unknown
  /** How it enters. */
  readonly plan: Plan<any>
}

/** The token that is split or joined. */
export interface Joining {
  readonly id: string
  /** Aborts when the time is up, the lease is lost, the token is cancelled, or the process has to end. */
  readonly signal: AbortSignal
}

/** How the values of a queue are split and joined. */
export interface Gathering<In, Out> {
  readonly split: (value: In, token: Joining) => Iterable<Child> | AsyncIterable<Child>
  readonly join: (value: In, results: Results<Arrived<any> | FellOut>, token: Joining) => MaybePromise<Out>
  /** Of the result of the child with a name. */
  readonly schemaOf: (name: string) => Schema
  /** How many children may be on their way at once; all by default. */
  readonly concurrency: number
  readonly failFast: boolean
  /** Whether `join` is told of failures. */
  readonly settles: boolean
}
