import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import {
  makeQueues,
  oneOf,
  type Pipeline,
  type Runnable,
  review,
  sequential,
  state,
  worker,
  workflow,
  wrapped,
} from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { openUsual } from '../on/open.ts'

const hour = 3_600_000
const Asked = state('Asked', z.object({ n: z.number() }))
const Passed = state('Passed', z.object({ n: z.number() }))
const Answered = state('Answered', z.object({ n: z.number() }))
const Failed = state('Failed', z.object({ n: z.number() }))
const ask = worker({
  input: z.number(),
  output: z.number(),
  retry: { attempts: 1 },
  process: (n) => {
    if (n < 0) throw new Error('There are no fewer than none.')
    return n
  },
})

/** A workflow of one stage, whose hop is delayed. */
const delaying = (delayMs: number | ((next: { readonly n: number }) => number)) =>
  workflow({
    input: Asked,
    output: oneOf(Answered, Failed),
    stages: {
      ask: wrapped(ask, {
        input: Asked,
        output: Answered,
        pre: ({ n }) => n,
        post: (_, n) => Answered({ n }),
        delayMs,
        failed: { to: Failed, as: ({ n }) => Failed({ n }) },
      }),
    },
  })

/** Runs `pipeline`, and lets a token with each of `numbers` take one hop. */
async function hopped<In, Out>(pipeline: Pipeline<In, Out, any, any>, values: readonly In[]) {
  const clock = new FakeClock()
  const backend = await openUsual({ clock })
  const queues = await makeQueues(pipeline, backend, 'flow', { clock })
  const stop = new AbortController()
  const runs = [queues.artifacts({} as any)].flatMap((made) => Object.values(made).flat(9)) as Runnable[]
  const running = runs.map((run) => run(stop.signal))
  onTestFinished(async () => {
    stop.abort()
    await Promise.all(running)
  })
  for (const [i, value] of values.entries()) await queues.input.push(`t${i}`, value)
  const journey = async (i: number) => (await backend.journey('flow', `t${i}`))!
  await expect
    .poll(() => Promise.all(values.map(async (_, i) => (await journey(i)).lines.length)))
    .toEqual(values.map(() => 2))
  const places = await Promise.all(
    values.map(async (_, i) => {
      const { queue, row } = await journey(i)
      return [queue, row?.status, row?.dueAt === undefined ? 0 : row.dueAt - clock.now()]
    }),
  )
  return { clock, queues, places, journey }
}

it('lets a token rest in the queue to which its hop leads, and go on when it is due', async () => {
  const { clock, places, queues } = await hopped(delaying(hour), [Asked({ n: 1 })])
  expect(places).toEqual([['flow/output', 'delayed', hour]])
  await clock.advance(hour)
  expect(await queues.output.read()).toMatchObject({ id: 't0' })
})

it('works the delay out from the state to which the hop leads; a failure is not delayed', async () => {
  const values = [0, 7, -1].map((n) => Asked({ n }))
  const { places } = await hopped(
    delaying(({ n }) => n * 1000),
    values,
  )
  expect(places).toEqual([
    ['flow/output', 'ready', 0],
    ['flow/output', 'delayed', 7000],
    ['flow/output', 'ready', 0],
  ])
})

it.each([
  [2000, 5000],
  [5000, 2000],
])('of two wrappers that a hop leaves, the longer delay counts: %i and %i', async (inner, outer) => {
  const lifted = wrapped(ask, {
    input: Passed,
    output: Answered,
    pre: ({ n }) => n,
    post: (_, n) => Answered({ n }),
    delayMs: inner,
  })
  const framed = wrapped(sequential(lifted), {
    input: Asked,
    output: Answered,
    pre: ({ n }) => Passed({ n }),
    post: (_, answered) => answered,
    delayMs: outer,
  })
  const both = workflow({ input: Asked, output: Answered, stages: { ask: framed } })
  const { places } = await hopped(both, [Asked({ n: 1 })])
  expect(places).toEqual([['flow/output', 'delayed', 5000]])
})

it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])(
  'takes %s for a failure that says what is wrong',
  async (ms) => {
    const { places, journey } = await hopped(
      delaying(() => ms),
      [Asked({ n: 1 })],
    )
    expect(places).toEqual([['flow/output', 'ready', 0]])
    const { error } = (await journey(0)).lines.at(-1)!
    expect(error?.message).toMatch(/^The delay of token "t0" in queue "flow\/ask" is .*; it is a number/)
  },
)

it('refuses a number that is no delay where it is written', () => {
  expect(() => delaying(-5)).toThrow(/^The delay of a wrapper is -5; it is a number of milliseconds/)
})

it('delays what a person has decided', async () => {
  const backend = await openUsual()
  const desk = wrapped(review({ input: z.number(), decisions: { later: z.object({}) } }), {
    input: Asked,
    output: Answered,
    pre: ({ n }) => n,
    post: ({ n }) => Answered({ n }),
    delayMs: hour,
  })
  const flow = workflow({ input: Asked, output: Answered, stages: { desk } })
  const queues = await makeQueues(flow, backend, 'flow')
  await queues.input.push('a', Asked({ n: 1 }))
  const { desk: open } = queues.artifacts()
  const { hop } = await open.get('a')
  await open.decide('a', { decision: 'later' }, { hop, by: 'ann' })
  expect((await backend.get('flow/output', 'a'))?.status).toBe('delayed')
})
