import { expect, it } from 'vitest'
import * as z from 'zod'
import { review, sequential, stage, state, worker, workflow, wrapped } from '../../src/index.ts'
import { layOut } from '../../src/pipeline/lay-out.ts'

it('says on which queues workers work, and where their artifacts are, except for loops of the app’s own', () => {
  const ends = { input: z.string(), output: z.string() }
  const loop = worker({ ...ends, process: (text) => text })
  const byHand = stage({ ...ends, artifact: () => async () => {} })
  const A = state('A', z.object({ text: z.string() }))
  const B = state('B', z.object({ text: z.string() }))
  const C = state('C', z.object({ text: z.string() }))
  const D = state('D', z.object({ text: z.string() }))
  const pre = ({ text }: { text: string }) => text
  const flow = workflow({
    input: A,
    output: D,
    stages: {
      go: wrapped(sequential(loop, byHand, loop), {
        ...{ input: A, output: B, pre },
        post: (_, text) => B({ text }),
      }),
      own: wrapped(byHand, { input: B, output: C, pre, post: (_, text) => C({ text }) }),
      look: wrapped(review({ input: z.string(), decisions: { ok: z.object({}) } }), {
        ...{ input: C, output: D, pre },
        post: ({ text }) => D({ text }),
      }),
    },
  })
  const loopsOf = (pipeline: Parameters<typeof layOut>[0]) => Object.fromEntries(layOut(pipeline, 'w').loops)
  expect(loopsOf(flow)).toEqual({ 'go/0': 'w/go/0', 'go/2': 'w/go/2' })
  expect(loopsOf(loop)).toEqual({ main: 'w/main' })
  expect(loopsOf(sequential(byHand, loop))).toEqual({ 1: 'w/main/1' })
  expect(loopsOf(byHand)).toEqual({})
})
