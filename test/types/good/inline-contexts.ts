import {
  type ArtifactOf,
  type CtxOf,
  type Desk,
  type Runnable,
  review,
  stage,
  state,
  worker,
  workflow,
  wrapped,
} from 'pipewright'
import * as z from 'zod'
import { type Equal, sure } from '../equal.ts'

// The context of stages that are written inside a workflow is demanded where it is run: nothing of it becomes `any`.

const A = state('A', z.object({ n: z.number() }))
const B = state('B', z.object({ n: z.number() }))
const C = state('C', z.object({ n: z.number() }))
const D = state('D', z.object({ n: z.number() }))
const E = state('E', z.object({ n: z.number() }))

const mixed = workflow({
  input: A,
  output: E,
  stages: {
    asks: wrapped(
      worker({ input: z.number(), output: z.number(), process: (n, { base }: { base: number }) => n + base }),
      { input: A, output: B, pre: ({ n }) => n, post: (_, n) => B({ n }) },
    ),
    asksNothing: wrapped(worker({ input: z.number(), output: z.number(), process: (n) => n + 1 }), {
      input: B,
      output: C,
      pre: ({ n }) => n,
      post: (_, n) => C({ n }),
    }),
    serves: wrapped(stage({ input: z.number(), output: z.number(), artifact: () => 'served' as const }), {
      input: C,
      output: D,
      pre: ({ n }) => n,
      post: (_, n) => D({ n }),
    }),
    decides: wrapped(review({ input: z.number(), decisions: { accept: z.object({}) } }), {
      input: D,
      output: E,
      pre: ({ n }) => n,
      post: ({ n }) => E({ n }),
    }),
  },
})
sure<Equal<keyof CtxOf<typeof mixed>, 'base'>>()
sure<Equal<CtxOf<typeof mixed>['base'], number>>()
type Artifacts = ArtifactOf<typeof mixed>
sure<Equal<Artifacts['asks'], Runnable>>()
sure<Equal<Artifacts['serves'], 'served'>>()
sure<Equal<Artifacts['decides'] extends Desk<infer In, any> ? In : never, number>>()

const inner = workflow({
  input: A,
  output: E,
  stages: {
    mixed,
  },
})
sure<Equal<CtxOf<typeof inner>['base'], number>>()
