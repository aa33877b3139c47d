import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { gate, makeQueues, stage } from '../../src/index.ts'
import { serveReviews } from '../../src/serve/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { openUsual } from '../on/open.ts'
import { asker } from './rig.ts'

const Order = z.object({ total: z.number() })

/** Orders that wait behind the gate `press`. */
async function servePrinting() {
  const clock = new FakeClock()
  const press = gate('press', { limit: 2 })
  const print = stage({ input: Order, output: Order, behind: [press], artifact: () => ({}) })
  const queues = await makeQueues(print, await openUsual({ clock }), 'orders', { clock })
  const server = await serveReviews({ queues, artifacts: {} })
  onTestFinished(() => server.close())
  await queues.input.push('o-1', { total: 7 })
  return asker(server.url)
}

it('closes and opens gates, and tells what they are like', async () => {
  const ask = await servePrinting()
  const gates = async () => (await ask('GET', '/gates')).body.gates
  expect(await gates()).toContainEqual({
    ...{ name: 'press', closed: false, held: 0, room: 2, failures: 0, limit: 2, queues: ['orders/main'] },
  })
  const closing = { by: 'ann', reason: 'no paper', forMs: 60_000 }
  expect(await ask('POST', '/gates/press/close', closing)).toMatchObject({
    ...{ status: 200, body: { name: 'press', closed: true } },
  })
  const isTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT.+Z$/)
  expect(await gates()).toContainEqual(
    expect.objectContaining({
      ...{ name: 'press', closed: true, why: 'closed', actor: 'ann', reason: 'no paper', until: isTime },
    }),
  )
  expect((await ask('GET', '/tokens/o-1')).body.message.parked).toMatchObject({
    ...{ gate: 'press', why: 'closed', actor: 'ann', reason: 'no paper', until: isTime },
  })
  expect((await ask('GET', '/board')).body.queues[0]).toMatchObject({
    ...{ queue: 'orders/main', paused: false, parked: { gate: 'press', why: 'closed', until: isTime } },
  })
  expect(await ask('POST', '/gates/press/open', { by: 'bob' })).toMatchObject({
    ...{ status: 200, body: { name: 'press', closed: false } },
  })
  expect((await ask('GET', '/tokens/o-1')).body.message.parked).toBeUndefined()
})

it('sets the limit and the rate of a gate by hand, and takes that back', async () => {
  const ask = await servePrinting()
  const set = (body: object) => ask('POST', '/gates/press/settings', body)
  const by = { by: 'ann', reason: 'an old printer' }
  expect(await set({ ...by, limit: 1, rate: { units: 5, perMs: 1000 } })).toMatchObject({
    ...{ status: 200, body: { name: 'press' } },
  })
  const gates = async () => (await ask('GET', '/gates')).body.gates
  const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT.+Z$/)
  const why = { actor: 'ann', reason: 'an old printer', at }
  const overridden = { limit: { declared: 2, ...why }, rate: why }
  expect(await gates()).toMatchObject([
    { name: 'press', limit: 1, rate: { units: 5, perMs: 1000 }, overridden },
  ])
  expect((await ask('GET', '/board')).body.queues[0].overridden).toMatchObject([
    { gate: 'press', limit: 1, overridden },
  ])
  expect(await set({ ...by, limit: null, rate: null })).toMatchObject({ status: 200 })
  const [press] = await gates()
  expect([press.limit, press.rate, press.overridden]).toEqual([2, undefined, undefined])
  for (const wrong of [by, { ...by, limit: -1 }, { ...by, rate: { units: 0, perMs: 1 } }, { limit: 1 }])
    expect(await set(wrong), JSON.stringify(wrong)).toMatchObject({ status: 400 })
})

it('closes the gate of a queue, whose name has to be encoded', async () => {
  const ask = await servePrinting()
  const path = `/gates/${encodeURIComponent('orders/main')}/close`
  expect(await ask('POST', path, { by: 'ann', reason: 'lunch' })).toMatchObject({ status: 200 })
  expect((await ask('GET', '/board')).body.queues[0]).toMatchObject({ queue: 'orders/main', paused: true })
})

it('refuses a gate that is not there, and a body that does not say who and why', async () => {
  const ask = await servePrinting()
  expect(await ask('POST', '/gates/pres/close', { by: 'ann', reason: 'no paper' })).toMatchObject({
    ...{ status: 404, body: { code: 'not_found' } },
  })
  expect(await ask('POST', '/gates/press/close', { by: 'ann' })).toMatchObject({ status: 400 })
  expect(await ask('POST', '/gates/press/open', {})).toMatchObject({ status: 400 })
})
