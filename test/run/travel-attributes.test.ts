import { expect, it } from 'vitest'
import * as z from 'zod'
import { gate, makeQueues, review, state, worker, workflow, wrapped } from '../../src/index.ts'
import { openUsual } from '../on/open.ts'

const Broken = state('Broken', z.object({ kind: z.string() }))
const Done = state('Done', z.object({}))

it('a token that is sent on by hand has the facets of what it is now', async () => {
  const facets = ({ kind }: { kind: string }) => ({ kind })
  const desk = review({ input: z.object({ kind: z.string() }), decisions: { close: z.object({}) }, facets })
  const look = wrapped(desk, {
    input: Broken,
    output: Done,
    pre: ({ kind }) => ({ kind }),
    post: () => Done({}),
  })
  const backend = await openUsual()
  const queues = await makeQueues(
    workflow({ input: Broken, output: Done, stages: { look } }),
    backend,
    'flow',
  )
  await queues.input.push('a', Broken({ kind: 'torn' }))
  const marks = async () => (await backend.get('flow/look', 'a'))?.marks
  expect(await marks()).toEqual({ kind: 'torn' })
  await queues.edit('a', Broken({ kind: 'bent' }), { by: 'ann', reason: 'It was wrong.' })
  expect(await marks()).toEqual({ kind: 'bent' })
  await queues.rerun('a', { by: 'ann', reason: 'Once more.', from: 1 })
  expect(await marks()).toEqual({ kind: 'torn' })
})

it('a token that is sent on by hand takes turns by the key of what it is now, and asks for as much', async () => {
  const disk = gate('disk', { limit: 100 })
  const stage = worker({
    input: z.object({ who: z.string(), size: z.number() }),
    output: z.string(),
    process: ({ who }) => who,
    key: ({ who }) => who,
    behind: [{ gate: disk, units: ({ size }) => size }],
  })
  const Order = state('Order', z.object({ who: z.string(), size: z.number() }))
  const make = wrapped(stage, {
    input: Order,
    output: Done,
    pre: ({ who, size }) => ({ who, size }),
    post: () => Done({}),
  })
  const backend = await openUsual()
  const queues = await makeQueues(workflow({ input: Order, output: Done, stages: { make } }), backend, 'shop')
  await queues.input.push('a', Order({ who: 'ann', size: 3 }))
  await queues.edit('a', Order({ who: 'ben', size: 5 }), { by: 'ann', reason: 'It was wrong.' })
  await queues.fork('a', 'b', { by: 'ann', reason: 'Twice.', from: 1 })
  expect((await backend.get('shop/make', 'a'))?.key).toBe('ben')
  expect((await backend.get('shop/make', 'b'))?.key).toBe('ann')
  await backend.lease('shop/make', { owner: 'me', leaseMs: 1000, timeoutMs: 1000, limit: 2 })
  expect((await backend.gates()).find(({ name }) => name === 'disk')).toMatchObject({ held: 8 })
})
