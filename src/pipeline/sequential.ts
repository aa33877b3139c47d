import type { Demand } from '../schema/demand.ts'
import type { ArtifactOf, Clash, CtxOf, InOf, LaidQueue, OutOf, Pipeline } from './pipeline.ts'

type First<P extends readonly unknown[]> = P[0]
type Last<P extends readonly unknown[]> = P extends readonly [...unknown[], infer L] ? L : never

/** Each pipeline but the first must accept what the one before it returns, and what they ask for must go together. */
type Chain<P extends readonly unknown[], Ctx, Before = never> = P extends readonly [infer Head, ...infer Tail]
  ? [
      Demand<
        | ([OutOf<Before>] extends [InOf<Head>]
            ? never
            : 'This pipeline does not accept what the one before it returns.')
        | `This pipeline asks in its context for another type of "${Clash<CtxOf<Head>, Ctx>}" than another one.`,
        Pipeline
      >,
      ...Chain<Tail, Ctx, Head>,
    ]
  : []

/** Pipelines one after the other; their queues are called by their places, from 0. */
export function sequential<const P extends readonly [Pipeline, ...Pipeline[]]>(
  ...pipelines: P & Chain<P, CtxOf<P[number]>>
): Pipeline<InOf<First<P>>, OutOf<Last<P>>, { readonly [K in keyof P]: ArtifactOf<P[K]> }, CtxOf<P[number]>> {
  const all: readonly Pipeline[] = pipelines
  return {
    input: all[0]!.input,
    output: all.at(-1)!.output,
    connect({ path, exit, depth, fail }) {
      const queues: LaidQueue[] = []
      const artifacts: ReturnType<Pipeline['connect']>['artifact'][] = []
      let enter = exit
      for (const [index, pipeline] of [...all.entries()].reverse()) {
        const connected = pipeline.connect({ path: `${path}/${index}`, exit: enter, depth, fail })
        enter = connected.enter
        queues.unshift(...connected.queues)
        artifacts.unshift(connected.artifact)
      }
      return {
        enter,
        queues,
        artifact: (runtime, ctx) => artifacts.map((make) => make(runtime, ctx)) as any,
      }
    },
  }
}
