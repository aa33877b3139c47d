import { expect, it } from 'vitest'
import * as z from 'zod'
import { oneOf, review, state, workflow, wrapped } from '../../src/index.ts'
import { simulate } from '../on/simulate.ts'

const Asked = state('Asked', z.object({ n: z.number() }))
const Answered = state('Answered', z.object({ n: z.number() }))
const Escalated = state('Escalated', z.object({ n: z.number() }))
const Settled = state('Settled', z.object({ n: z.number() }))

const decisions = { answer: z.object({}) }
const flow = workflow({
  input: Asked,
  output: oneOf(Answered, Settled),
  stages: {
    desk: wrapped(review({ input: Asked, decisions }), {
      input: Asked,
      output: Answered,
      pre: (asked) => asked,
      post: ({ n }) => Answered({ n }),
      late: { afterMs: 60_000, to: Escalated, as: ({ n }) => Escalated({ n }) },
    }),
    above: wrapped(review({ input: Escalated, decisions }), {
      input: Escalated,
      output: Settled,
      pre: (escalated) => escalated,
      post: ({ n }) => Settled({ n }),
    }),
  },
})

const inputs = ['a', 'b', 'c', 'd'].map((id, n) => ({ id, value: Asked({ n }) }))

it('sends on what nobody answers, once, wherever processes die', async () => {
  const { runs, crashes } = await simulate(flow, {
    seed: 3,
    inputs,
    decide: ({ queue, id }) => (id === 'd' || queue.endsWith('above') ? { decision: 'answer' } : undefined),
  })
  expect(crashes).toBeGreaterThan(8)
  for (const { tokens } of runs)
    expect(tokens.map(({ value }) => value)).toEqual([
      ...[0, 1, 2].map((n) => Settled({ n })),
      Answered({ n: 3 }),
    ])
})

it("lets people and deadlines get into each other's way", async () => {
  for (const seed of [1, 2, 3, 4]) {
    const { tokens } = await simulate(flow, {
      seed,
      inputs,
      crashes: 10,
      processes: 3,
      decide: ({ queue }, random) =>
        queue.endsWith('above') || random.below(3) === 0 ? { decision: 'answer' } : undefined,
    })
    expect(tokens.map(({ end }) => end)).toEqual(inputs.map(() => 'output'))
  }
})
