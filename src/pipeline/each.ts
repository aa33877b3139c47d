import type { Joining } from '../run/gather/gathering.ts'
import type { Arrived, FellOut, Results } from '../run/gather/results.ts'
import { refuseUnread } from '../schema/refuse-unread.ts'
import type { MaybePromise, Repeatable, Schema } from '../schema/schema.ts'
import { connectJoin, type JoinOptions, joinKeys } from './gathering.ts'
import type { Pipeline } from './pipeline.ts'
import type { Runnable } from './worker.ts'

export type { Joining } from '../run/gather/gathering.ts'

/** How a value becomes many, and these one again. */
export interface EachDefinition<In, Out, Item, Result, InRaw, OutRaw, Settle extends boolean>
  extends JoinOptions {
  readonly input: Schema<In, InRaw> & Repeatable<In, InRaw>
  readonly output: Schema<Out, OutRaw> & Repeatable<Out, OutRaw>
  /**
   * The items of a value. It has to give the same each time, as it is called again when a process has died, and where
   * only some children may be on their way at once; so 100,000 items need no memory if they are given one by one.
   */
  readonly split: (value: NoInfer<In>, token: Joining) => Iterable<Item> | AsyncIterable<Item>
  /** What the id of the child of an item ends with, after `PARENT.HOP.`; by default its place, from 0. */
  readonly id?: (item: Item, index: number) => string
  /** Makes the result of all. Results come in the order in which children ended, a page at a time as they are asked for. */
  readonly join: (
    value: NoInfer<In>,
    results: Results<Settle extends true ? Arrived<Result> | FellOut : Arrived<Result>>,
    token: Joining,
  ) => MaybePromise<NoInfer<Out>>
  /** How many children of one token may be on their way at once, from 1; all by default. */
  readonly atOnce?: number
  /** Whether the first child that fails for good, or is cancelled, fails its parent at once; the others are cancelled then. */
  readonly failFast?: boolean
  /** Whether `join` is told of children that have failed for good, or were cancelled, instead of waiting for the dead ones. */
  readonly settle?: Settle
}

/**
 * A pipeline for each item of a value, and their results together. Each item is a token of its own, a child: visible,
 * tried again, cancelled and revived by itself, and taken out with its parent. A dead child sends nothing: the parent waits,
 * and shows for whom, until the child is revived or cancelled, unless there is `failFast` or `settle`. Without
 * `settle` a child that was cancelled fails its parent once all have ended. Throws a `RangeError` or `TypeError` for an option that is
 * out of range or unknown.
 */
export function each<
  Item,
  Result,
  Artifact,
  Ctx,
  In,
  Out,
  InRaw = In,
  OutRaw = Out,
  const Settle extends boolean = false,
>(
  pipeline: Pipeline<Item, Result, Artifact, Ctx>,
  definition: EachDefinition<In, Out, Item, Result, InRaw, OutRaw, Settle>,
): Pipeline<In, Out, { readonly join: Runnable; readonly each: Artifact }, Ctx> {
  refuseUnread('`each` has', definition, [...joinKeys, ...ownKeys])
  const {
    input,
    output,
    split,
    id,
    join,
    atOnce = Number.POSITIVE_INFINITY,
    failFast = false,
    settle = false,
  } = definition
  if (atOnce !== Number.POSITIVE_INFINITY && !(Number.isInteger(atOnce) && atOnce >= 1))
    throw new RangeError(`atOnce is ${atOnce}; it is a whole number from 1.`)
  if (failFast && settle)
    throw new TypeError('`failFast` and `settle` exclude each other: who is told, the parent or its join?')
  return {
    input,
    output,
    connect: (site) =>
      connectJoin<In, Out>(
        {
          ...{ input, output, branches: { each: pipeline }, options: definition },
          gathering: ({ each: plan }) => ({
            ...{ concurrency: atOnce, failFast, settles: settle },
            schemaOf: () => pipeline.output,
            join: join as (value: In, results: Results<any>, token: Joining) => MaybePromise<Out>,
            async *split(value, token) {
              let index = 0
              for await (const item of split(value, token)) {
                yield { suffix: id?.(item, index), value: item, plan: plan! }
                index++
              }
            },
          }),
        },
        site,
      ) as ReturnType<Pipeline<In, Out, any, Ctx>['connect']>,
  }
}

const ownKeys = ['input', 'output', 'split', 'id', 'join', 'atOnce', 'failFast', 'settle']
