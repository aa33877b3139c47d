import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { makeQueues } from '../../src/index.ts'
import { leaf } from '../../src/pipeline/stage.ts'
import type { Change } from '../../src/queue/change.ts'
import { serveReviews } from '../../src/serve/index.ts'
import { openUsual } from '../on/open.ts'
import { asker } from './rig.ts'

/** An order that waits until it is paid. */
const order = leaf({
  input: z.object({ total: z.number() }),
  output: z.object({ total: z.number() }),
  role: 'stage',
  options: {},
  letters: { paid: z.object({ amount: z.number() }) },
  artifact: () => ({}),
})

async function serveOrders() {
  const backend = await openUsual()
  const queues = await makeQueues(order, backend, 'orders')
  const server = await serveReviews({ queues, artifacts: {} })
  onTestFinished(() => server.close())
  await queues.input.push('o-1', { total: 7 })
  return { backend, queues, ask: asker(server.url) }
}

it('sends a letter to a token, once where a key says so, and shows it', async () => {
  const { ask } = await serveOrders()
  const paid = () =>
    ask('POST', '/tokens/o-1/letters/paid', { value: { amount: 7 }, once: 'tx-9', by: 'ann' })
  expect(await paid()).toMatchObject({ status: 202, body: { id: 'o-1', name: 'paid' } })
  expect(await paid()).toMatchObject({ status: 202 })
  const { body } = await ask('GET', '/tokens/o-1')
  expect(body.letters).toMatchObject([{ name: 'paid', key: 'tx-9', value: { amount: 7 }, from: 'ann' }])
  expect(body).toMatchObject({ steps: [] })
})

it('refuses a letter that no stage takes, a value that does not fit, and a token that is not there', async () => {
  const { backend, queues, ask } = await serveOrders()
  const send = (path: string, value: unknown, more: object = {}) =>
    ask('POST', `/tokens/${path}`, { value, ...more })
  expect(await send('o-1/letters/odd', 1)).toMatchObject({
    status: 404,
    body: { code: 'not_found', message: expect.stringContaining('they take paid') },
  })
  expect(await send('o-1/letters/paid', { amount: 'much' })).toMatchObject({
    status: 400,
    body: { code: 'invalid', issues: [{ path: ['amount'] }] },
  })
  expect(await send('o-9/letters/paid', { amount: 1 })).toMatchObject({ status: 404 })
  expect(await send('o-1/letters/paid', { amount: 1 }, { hop: 2 })).toMatchObject({ status: 409 })
  await backend.commit([{ kind: 'take', queue: 'orders/main', id: 'o-1', event: 'cancelled' }])
  expect(await send('o-1/letters/paid', { amount: 1 })).toMatchObject({ status: 409 })
  await expect(queues.send('o-1', 'odd', 1)).rejects.toMatchObject({ code: 'not_found' })
  await expect(queues.send('o-1', 'paid', { amount: 1 })).rejects.toMatchObject({ code: 'conflict' })
})

it('shows the children of a token, and what it waits for', async () => {
  const { backend, ask } = await serveOrders()
  const [held] = await backend.lease('orders/main', { owner: 'me', leaseMs: 1000, timeoutMs: 1000 })
  const { hop, lease } = held!
  const child = (id: string, more: object = {}): Change => ({
    ...{ kind: 'push', queue: 'orders/main', value: { total: 1 }, enter: 'refuse' },
    token: { id, hop: 1, frames: [], priority: 0, deploy: 1, parent: 'o-1' },
    reply: { workflow: 'orders', id: 'o-1', hop, name: 'part', key: id },
    ...more,
  })
  const dead = { kind: 'error', name: 'Error', message: 'It broke in /home/ann/a.ts.' } as const
  const wait = { for: [{ name: 'part', count: 2 }] }
  await backend.commit([
    child('c-1'),
    child('c-2', { dead }),
    { kind: 'postpone', queue: 'orders/main', id: 'o-1', hop, lease, charge: false, wait },
  ])
  const { body } = await ask('GET', '/tokens/o-1')
  expect(body).toMatchObject({
    message: { status: 'waiting', waits: { for: [{ name: 'part', count: 2, missing: 2 }] } },
    children: {
      ready: 1,
      dead: 1,
      left: 0,
      deadOnes: [{ id: 'c-2', error: { message: 'It broke in a.ts.' } }],
    },
  })
})
