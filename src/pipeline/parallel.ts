import type { Joining } from '../run/gather/gathering.ts'
import type { Results } from '../run/gather/results.ts'
import type { Demand } from '../schema/demand.ts'
import { refuseUnread } from '../schema/refuse-unread.ts'
import type { MaybePromise, Repeatable, Schema } from '../schema/schema.ts'
import { connectJoin, type JoinOptions, joinKeys } from './gathering.ts'
import type { ArtifactOf, Clash, CtxOf, InOf, OutOf, Pipeline } from './pipeline.ts'
import type { Runnable } from './worker.ts'

type Branches = Readonly<Record<string, Pipeline>>

/** What branches ask for in their contexts must go together. */
type Together<B> = {
  readonly [K in keyof B & string]: Demand<
    `Branch "${K}" asks in its context for another type of "${Clash<CtxOf<B[K]>, CtxOf<B[keyof B]>>}" than another branch.`,
    Pipeline
  >
}

/** The branches that do not accept `In`. */
type Unfit<B, In> = { [K in keyof B]: [In] extends [InOf<B[K]>] ? never : K }[keyof B]

/** What each branch gets: the value itself, unless one of them does not accept it. */
type Splitting<B, In> = [Unfit<B, In>] extends [never]
  ? { readonly split?: (value: NoInfer<In>, token: Joining) => MaybePromise<Shares<B>> }
  : { readonly split: (value: NoInfer<In>, token: Joining) => MaybePromise<Shares<B>> }

type Shares<B> = { readonly [K in keyof B]: InOf<B[K]> }

/** How a value goes through several pipelines at once, and their results become one. */
export interface ParallelDefinition<B, In, Out, InRaw = In, OutRaw = Out> extends JoinOptions {
  readonly input: Schema<In, InRaw> & Repeatable<In, InRaw>
  readonly output: Schema<Out, OutRaw> & Repeatable<Out, OutRaw>
  /** Makes the result of those of all branches. */
  readonly join: (
    value: NoInfer<In>,
    results: { readonly [K in keyof B]: OutOf<B[K]> },
    token: Joining,
  ) => MaybePromise<NoInfer<Out>>
  /** Whether the first branch that fails for good, or is cancelled, fails the parent at once; the others are cancelled then. */
  readonly failFast?: boolean
}

/**
 * Several pipelines at once, and their results together. In each branch a token has a child of its own, `PARENT.HOP.BRANCH`: visible,
 * tried again, cancelled and revived by itself, and taken out with its parent. `split` says what each branch gets; without
 * it each gets the value. A dead child sends nothing: the parent waits, and shows for whom, until the child is revived or cancelled, unless
 * there is `failFast`; one that was cancelled fails its parent once all have ended. Throws a `RangeError` or `TypeError` for an option that is
 * out of range or unknown.
 */
export function parallel<const B extends Branches, In, Out, InRaw = In, OutRaw = Out>(
  branches: B & Together<B>,
  definition: ParallelDefinition<B, In, Out, InRaw, OutRaw> & Splitting<B, In>,
): Pipeline<
  In,
  Out,
  { readonly join: Runnable } & { readonly [K in keyof B]: ArtifactOf<B[K]> },
  CtxOf<B[keyof B]>
> {
  refuseUnread('`parallel` has', definition, [...joinKeys, ...ownKeys])
  const { input, output, join, failFast = false } = definition
  const split = (definition as { split?: (value: In, token: Joining) => MaybePromise<Shares<B>> }).split
  const all: Branches = branches
  const names = Object.keys(all)
  checkNames(names)
  return {
    input,
    output,
    connect: (site) =>
      connectJoin<In, Out>(
        {
          ...{ input, output, branches: all, options: definition },
          gathering: (enter) => ({
            ...{ concurrency: Number.POSITIVE_INFINITY, failFast, settles: false },
            schemaOf: (name) => all[name]!.output,
            async *split(value, token) {
              const shares = (await split?.(value, token)) as Readonly<Record<string, unknown>> | undefined
              for (const name of names)
                yield { suffix: name, name, value: shares ? shares[name] : value, plan: enter[name]! }
            },
            join: async (value, results, token) =>
              join(value, (await collected(results)) as { [K in keyof B]: OutOf<B[K]> }, token),
          }),
        },
        site,
      ) as ReturnType<Pipeline['connect']>,
  }

  async function collected(results: Results<any>): Promise<Record<string, unknown>> {
    const byName: Record<string, unknown> = {}
    for await (const { index, value } of results) byName[names[index]!] = value
    return byName
  }
}

const ownKeys = ['input', 'output', 'split', 'join', 'failFast']
const branchName = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/

function checkNames(names: readonly string[]): void {
  if (names.length === 0) throw new TypeError('`parallel` needs at least one branch.')
  const odd = names.find((name) => !branchName.test(name) || name === 'join' || name === 'results')
  if (odd === undefined) return
  throw new TypeError(
    `Branch "${odd}" needs another name: a letter, then up to 62 letters, digits, "_" or "-", and neither "join" nor "results".`,
  )
}
