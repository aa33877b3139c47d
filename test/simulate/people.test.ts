import { expect, it } from 'vitest'
import * as z from 'zod'
import { review, state, workflow, wrapped } from '../../src/index.ts'
import type { TaskOnDesk } from '../../src/simulate/index.ts'
import { simulate } from '../on/simulate.ts'

const Proposed = state('Proposed', z.object({ by: z.string() }))
const Paid = state('Paid', z.object({ by: z.string() }))
const confirming = workflow({
  input: Proposed,
  output: Paid,
  stages: {
    confirm: wrapped(review({ input: Proposed, decisions: { yes: z.object({}) } }), {
      input: Proposed,
      output: Paid,
      pre: (proposed) => proposed,
      post: (proposed, _, { by }) => {
        if (by === proposed.by) throw new Error(`${by} has proposed it.`)
        return Paid({ by })
      },
    }),
  },
})
const inputs = ['ann', 'bob', 'carl'].map((by) => ({ id: `by-${by}`, value: Proposed({ by }) }))

const pays = (tokens: readonly { readonly id: string; readonly value?: unknown }[]) =>
  Object.fromEntries(tokens.map(({ id, value }) => [id, (value as { readonly by: string }).by]))

it('lets a second person decide what the first may not, without being told', async () => {
  const { runs } = await simulate(confirming, { seed: 1, inputs })
  for (const { tokens } of runs) {
    expect(tokens.map(({ end }) => end)).toEqual(['output', 'output', 'output'])
    expect(pays(tokens)).toMatchObject({ 'by-ann': 'bob', 'by-bob': 'ann' })
  }
})

it('tells the test who looks, and asks the other person about what it leaves', async () => {
  const decide = ({ by, value }: TaskOnDesk) => (by === value.by ? undefined : { decision: 'yes' })
  const { tokens } = await simulate(confirming, { seed: 1, inputs, decide })
  expect(pays(tokens)).toMatchObject({ 'by-ann': 'bob', 'by-bob': 'ann' })
})

it('leaves a task on the desk only when all people have left it there', async () => {
  const seen = new Set<string>()
  const { tokens } = await simulate(confirming, {
    ...{ seed: 1, crashes: 0, inputs: inputs.slice(0, 1) },
    decide: ({ id, by }) => {
      seen.add(`${id} ${by}`)
      return undefined
    },
  })
  expect(tokens.map(({ end }) => end)).toEqual(['review'])
  expect([...seen].sort()).toEqual(['by-ann ann', 'by-ann bob'])
})

it('waits for the claim of a person whose process has died, also if nothing else waits for time to pass', async () => {
  const { runs } = await simulate(confirming, {
    seed: 1,
    inputs,
    decide: ({ by, value }) => (by === value.by ? undefined : { decision: 'yes' }),
  })
  const claimed = runs.filter(({ trace }) => trace.some((line) => /leases .* and dies after it/.test(line)))
  expect(claimed.length).toBeGreaterThan(0)
  for (const { tokens, elapsedMs } of claimed) {
    expect(tokens.map(({ end }) => end)).toEqual(['output', 'output', 'output'])
    expect(elapsedMs).toBeGreaterThanOrEqual(60_000)
  }
})
