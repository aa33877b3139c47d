import type { QueueSpec } from '../queue/declaration.ts'
import type { GateSpec } from '../queue/gate.ts'
import type { Lateness, Lens } from '../queue/lens.ts'
import type { Decided } from '../queue/person.ts'
import type { AttributesOf, FailurePlan, Plan } from '../queue/plan.ts'
import type { Decisions } from '../run/desk/desk.ts'
import type { Runtime } from '../run/runtime.ts'
import type { AttemptContext } from '../run/work/work-context.ts'
import type { Failure } from '../schema/failure.ts'
import type { MaybePromise, Schema } from '../schema/schema.ts'
import type { States, Tagged } from '../schema/state.ts'
import type { Facets } from './facet.ts'

/** Anything that turns `In` messages into `Out` messages: a stage, a wrapped pipeline, a sequence, a workflow. */
export interface Pipeline<In = any, Out = any, Artifact = any, Ctx = any> {
  readonly input: Schema<In>
  readonly output: Schema<Out>
  /** Lays the pipeline out at `site`: what it needs and how it plans. Touches no backend. */
  readonly connect: (site: Site) => Connected<Artifact, Ctx>
}

/** A pipeline between states: what a workflow is made of, and what a workflow is. */
export interface StatePipeline<In extends Tagged = any, Out extends Tagged = any, Artifact = any, Ctx = any>
  extends Pipeline<In, Out, Artifact, Ctx> {
  readonly input: States<In>
  readonly output: States<Out>
}

/** Where a pipeline stands in a bigger one. */
export interface Site {
  /** Its name, with those of all that it is in: `books/decrypt`. A stage's queue is called like this. */
  readonly path: string
  /** Where its results go. */
  readonly exit: Plan<any>
  /** How many frames a token has on entering. */
  readonly depth: number
  /** Where a token that fails for good goes, if a wrapper further out says so. */
  readonly fail?: FailurePlan | undefined
  /** What a wrapper has to say to a stage that it wraps directly. */
  readonly wrapper?: Wrapper | undefined
}

/** Lifts a pipeline over plain values to one over states. */
export interface Wrapper {
  readonly input: States
  readonly pre: (state: any) => MaybePromise<any>
  readonly post: (state: any, output: any, decided?: Decided) => MaybePromise<any>
  readonly fail?: ((state: any, failure: Failure) => MaybePromise<any>) | undefined
  readonly delayMs?: number | ((next: any) => number) | undefined
  readonly late?: { readonly afterMs: number; readonly as: (state: any) => MaybePromise<any> } | undefined
  readonly facets?: ((state: any) => Facets) | undefined
  readonly text?: ((state: any) => string) | undefined
}

/** A pipeline laid out at a site. */
export interface Connected<Artifact, Ctx> {
  /** How a token enters. */
  readonly enter: Plan<any>
  readonly queues: readonly LaidQueue[]
  readonly artifact: (runtime: Runtime, ctx: Ctx) => Artifact
}

/** A queue of a pipeline that is laid out, and the schema of its stored values. */
export interface LaidQueue extends QueueSpec {
  readonly stored: Schema
  /** Whether a `worker` works on it, and not a loop of the app's own. */
  readonly hasLoop: boolean
  /** What becomes of a message whose time in it is over. */
  readonly late?: Lateness | undefined
  /** The letters that it takes, by name, with the schemas of their values. */
  readonly letters?: Readonly<Record<string, Schema>> | undefined
  readonly gates: readonly GateSpec[]
  /** The paths of the wrapped composites that it is in, outermost first: of each a token has a frame. */
  readonly around: readonly string[]
  /** Whether children of the tokens of its composites are in it, which have none of their frames. */
  readonly ofChildren?: boolean | undefined
  readonly lens: Lens<any, any>
  /** What people decide there, if it is a desk. */
  readonly decisions?: Decisions | undefined
  /** What makes the attributes of a message that comes to it. */
  readonly attributes?: AttributesOf | undefined
}

/** What `P` accepts. */
export type InOf<P> = P extends Pipeline<infer In, any, any, any> ? In : never
/** What `P` can return. */
export type OutOf<P> = P extends Pipeline<any, infer Out, any, any> ? Out : never
/** The artifacts of `P`: its worker loops and desks. */
export type ArtifactOf<P> = P extends Pipeline<any, any, infer Artifact, any> ? Artifact : never
// `any` where `P` has a fault already, so that only that fault is reported.
/** What the artifacts of all the pipelines of a union need together: contexts, being contravariant, intersect. */
export type CtxOf<P> = [P] extends [Pipeline<any, any, any, infer Ctx>] ? Ctx : any
/** What an artifact must be given: what its work needs, less what every worker gets anyway. */
export type Given<Ctx> = unknown extends Ctx ? unknown : Omit<Ctx, keyof AttemptContext>
/** The names under which `Ctx` asks for what cannot be given, since `All` asks for something else under them as well. */
export type Clash<Ctx, All> = {
  [K in keyof Ctx & string]: [Ctx[K]] extends [never]
    ? never
    : [All[K & keyof All]] extends [never]
      ? K
      : never
}[keyof Ctx & string]
