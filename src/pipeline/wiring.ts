import type { Demand } from '../schema/demand.ts'
import type { TagOf } from '../schema/state.ts'
import type { Clash, CtxOf, InOf, OutOf, Pipeline, StatePipeline } from './pipeline.ts'

// A sound workflow satisfies these types. An unsound one has to satisfy a sentence instead, which
// the compiler prints at the property to blame. A sentence about `never` is `never`: no fault.
// What these types cannot see, `checkWiring` refuses in the same words when the workflow is made.

/** The type that the stages of a workflow from `In` to `Out` must satisfy. */
export type StageWiring<In, Out, S> = {
  // Without an input or output nothing can be checked, and the compiler names the missing property.
  readonly [K in keyof S & string]: string extends TagOf<In> | TagOf<Out>
    ? StatePipeline
    : Demand<
        | `Stage "${Plain<K, S>}" takes and returns plain values, not states: lift it with wrapped().`
        | `Stage "${K}" can return state "${Lost<K, Out, S>}", which no stage accepts and which is not an output.`
        | `Stage "${K}" returns state "${Misshapen<K, Out, S>}" with fields that its schema does not allow.`
        | `Stage "${K}" accepts state "${Contested<K, S>}", and so does another stage.`
        | `Stage "${K}" accepts state "${Ambiguous<K, Out, S>}", which is an output of the workflow too.`
        | `Stage "${K}" accepts state "${Unreachable<K, In, S>}", which no stage returns and which is not an input.`
        | `Stage "${K}" asks in its context for another type of "${Clash<CtxOf<S[K]>, CtxOf<S[keyof S]>>}" than another stage.`,
        StatePipeline
      >
}

/** The type that a workflow's input must satisfy. */
export type InputWiring<In, S> =
  string extends TagOf<In>
    ? unknown
    : Demand<
        | `No stage accepts the input state "${Exclude<TagOf<In>, Accepted<S>>}".`
        | `The stage that accepts the input state "${Unfit<In, S>}" does not allow its fields.`
      >

/** The type that a workflow's output must satisfy. */
export type OutputWiring<Out, S> =
  string extends TagOf<Out>
    ? unknown
    : Demand<`No stage returns the output state "${Exclude<TagOf<Out>, Returned<S>>}".`>

// A fault in one place makes the compiler forget the stages' types; `any` then keeps the others quiet, except where
// two unknowns would meet: there nothing is known to clash.
type Accepts<P> = P extends StatePipeline ? TagOf<InOf<P>> : any
type Returns<P> = P extends StatePipeline ? TagOf<OutOf<P>> : any
type Accepted<S> = Accepts<S[keyof S]>
type Returned<S> = Returns<S[keyof S]>

type Fitting<P> = P extends StatePipeline ? InOf<P> : any
type Known<P> = P extends StatePipeline ? Sure<TagOf<InOf<P>>> : never

type Plain<K extends keyof S & string, S> = S[K] extends StatePipeline
  ? never
  : S[K] extends Pipeline
    ? K
    : never
type Lost<K extends keyof S, Out, S> = Exclude<Sure<Returns<S[K]>>, Accepted<S> | TagOf<Out>>
type Misshapen<K extends keyof S, Out, S> = Exclude<
  Sure<TagOf<Exclude<OutOf<S[K]>, InOf<S[keyof S]> | Out>>>,
  Lost<K, Out, S>
>
type Unfit<In, S> = TagOf<Exclude<In, Fitting<S[keyof S]>>> & Accepted<S>
type Contested<K extends keyof S, S> = Known<S[K]> & Known<S[Exclude<keyof S, K>]>
type Ambiguous<K extends keyof S, Out, S> = Known<S[K]> & TagOf<Out>
type Unreachable<K extends keyof S, In, S> = Exclude<Sure<Accepts<S[K]>>, Returned<S> | TagOf<In>>
// Where a state of a stage was left out, only that is reported.
type Sure<T> = string extends T ? never : T
