import { expect, it } from 'vitest'
import * as z from 'zod'
import { makeQueues, oneOf, review, sequential, state, worker, workflow, wrapped } from '../../src/index.ts'
import { openUsual } from '../on/open.ts'

const Raw = state('Raw', z.object({ text: z.string() }))
const Counted = state('Counted', z.object({ text: z.string(), length: z.number() }))
const Broken = state('Broken', z.object({ text: z.string(), why: z.string() }))
const Done = state('Done', z.object({ text: z.string(), length: z.number() }))
const Rejected = state('Rejected', z.object({ text: z.string() }))

const measure = worker({
  input: z.string(),
  output: z.number(),
  retry: { attempts: 2, minMs: 1, maxMs: 1 },
  process: (text) => {
    if (text.startsWith('bad')) throw new Error(`cannot measure ${text}`)
    return text.length
  },
})
const double = worker({ input: z.number(), output: z.number(), process: (n) => n * 2 })

const flow = workflow({
  input: Raw,
  output: oneOf(Done, Rejected),
  stages: {
    measure: wrapped(measure, {
      input: Raw,
      output: Counted,
      pre: ({ text }) => text,
      post: ({ text }, length) => Counted({ text, length }),
      failed: { to: Broken, as: ({ text }, { message }) => Broken({ text, why: message }) },
    }),
    quadruple: wrapped(sequential(double, double), {
      input: Counted,
      output: Done,
      pre: ({ length }) => length,
      post: ({ text }, length) => Done({ text, length }),
    }),
    look: wrapped(
      review({
        input: z.string(),
        decisions: { again: z.object({ text: z.string() }), reject: z.object({}) },
      }),
      {
        input: Broken,
        output: oneOf(Raw, Rejected),
        pre: ({ why }) => why,
        post: ({ text }, d) => (d.decision === 'again' ? Raw({ text: d.text }) : Rejected({ text })),
      },
    ),
  },
})

it('takes tokens through workers, a wrapped sequence and a desk', async () => {
  const backend = await openUsual()
  const queues = await makeQueues(flow, backend, 'flow')
  const { measure, quadruple, look } = queues.artifacts()
  const stop = new AbortController()
  const running = [measure, ...quadruple].map((run) => run(stop.signal))

  await queues.input.push('1', Raw({ text: 'abc' }))
  await queues.input.push('2', Raw({ text: 'bad one' }))
  const first = await queues.output.read()
  expect(first).toMatchObject({ id: '1', value: { tag: 'Done', length: 12 } })
  await queues.output.pop('1')

  await expect.poll(async () => (await look.list()).tasks.map(({ id }) => id)).toEqual(['2'])
  const task = await look.get('2')
  expect(task).toMatchObject({ value: 'cannot measure bad one', state: { tag: 'Broken' } })
  await look.decide('2', { decision: 'again', text: 'good' }, { hop: task.hop, by: 'ann' })
  expect(await queues.output.read()).toMatchObject({ id: '2', value: { length: 16 } })
  await expect(look.decide('2', { decision: 'reject' }, { hop: task.hop, by: 'bob' })).rejects.toThrow(
    'is not in queue',
  )

  stop.abort()
  await Promise.all(running)
  const journey = await backend.journey('flow', '2')
  expect(journey?.lines.map(({ event }) => event)).toEqual([
    'entered',
    'postponed',
    'failed',
    'decided',
    'moved',
    'moved',
    'moved',
  ])
  await backend.close()
})
