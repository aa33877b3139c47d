import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { makeQueues, review } from '../../src/index.ts'
import { serveReviews } from '../../src/serve/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { openUsual } from '../on/open.ts'
import { asker, Blurred, Scan, serveScans } from './rig.ts'

it('lets a token enter, and says where it is', async () => {
  const { ask } = await serveScans()
  const value = Scan({ page: '1' })
  const entered = await ask('POST', '/tokens', {
    id: 'shelf/1',
    value,
    priority: -1,
    delayMs: 60_000,
    by: 'ann',
  })
  expect(entered).toMatchObject({ status: 201, body: { id: 'shelf/1' } })
  const { status, body } = await ask('GET', entered.headers.get('location')!)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    id: 'shelf/1',
    workflow: 'scans',
    queue: 'scans/sharpen',
    message: { hop: 1, state: value, status: 'delayed', priority: -1, attempts: 0 },
    history: [{ event: 'entered', actor: 'ann', hop: 1, queue: 'scans/sharpen' }],
  })
})

it('refuses an id that it knows, except with `ignore` or `replace`', async () => {
  const { ask } = await serveScans()
  const push = (page: string, enter?: string) =>
    ask('POST', '/tokens', { id: 's1', value: Scan({ page }), enter, by: 'ann', reason: 'a better scan' })
  const page = async () => (await ask('GET', '/tokens/s1')).body.message.state.page
  expect((await push('1')).status).toBe(201)
  expect(await push('2')).toMatchObject({ status: 409, body: { code: 'conflict', id: 's1' } })
  expect((await push('2', 'ignore')).status).toBe(201)
  expect(await page()).toBe('1')
  expect((await push('2', 'replace')).status).toBe(201)
  expect(await page()).toBe('2')
})

it('lets a token enter only under the id that it holds, where the workflow has such a rule', async () => {
  const Copy = z.object({ barcode: z.string() })
  const idOf = ({ barcode }: z.output<typeof Copy>) => barcode
  const look = review({ input: Copy, decisions: { pass: z.object({}) } })
  const queues = await makeQueues(look, await openUsual(), 'copies', { idOf })
  const server = await serveReviews({ queues, artifacts: queues.artifacts() })
  onTestFinished(() => server.close())
  const push = (id: string) => asker(server.url)('POST', '/tokens', { id, value: { barcode: 'b' } })
  expect(await push('copy-1')).toMatchObject({
    status: 400,
    body: { code: 'invalid', id: 'copy-1', message: expect.stringContaining('its id is "b"') },
  })
  expect((await push('b')).status).toBe(201)
})

it('lets people work on what has entered under an id that is refused by now', async () => {
  const { ask, backend } = await serveScans()
  for (const id of ['./scans/page-1.tif', '../page-2.tif', 'box%2f../page-3']) {
    const token = { id, hop: 1, frames: [], priority: 0, deploy: 1 }
    const value = Blurred({ page: '1', why: 'blurred' })
    await backend.commit([{ kind: 'push', queue: 'scans/look', token, value, enter: 'refuse' }])
    const task = `/reviews/look/tasks/${encodeURIComponent(id)}`
    expect(await ask('GET', task), id).toMatchObject({ status: 200, body: { id } })
    expect((await ask('POST', `${task}/decide`, { decision: 'accept', hop: 1, by: 'ann' })).status).toBe(200)
    expect(await ask('GET', `/tokens/${encodeURIComponent(id)}`)).toMatchObject({ status: 200, body: { id } })
  }
})

it('writes down who has replaced a token, and why', async () => {
  const { ask } = await serveScans()
  const value = Blurred({ page: '1', why: 'blurred' })
  await ask('POST', '/tokens', { id: 'b1', value })
  const anew = { id: 'b1', value, enter: 'replace', by: 'ann', reason: 'a better scan' }
  expect((await ask('POST', '/tokens', { ...anew, reason: '\ud800' })).status).toBe(400)
  for (const [missing, message] of [
    ['by', 'Replacing token "b1" needs to know who you are'],
    ['reason', 'Replacing token "b1" needs a reason'],
  ] as const) {
    expect(await ask('POST', '/tokens', { ...anew, [missing]: undefined }), missing).toMatchObject({
      status: 400,
      body: { code: 'invalid', id: 'b1', message: expect.stringContaining(message) },
    })
  }
  expect((await ask('POST', '/tokens', anew)).status).toBe(201)
  const { history } = (await ask('GET', '/tokens/b1')).body
  expect(history.slice(1)).toMatchObject([
    { event: 'replaced', hop: 1, actor: 'ann', reason: 'a better scan' },
    { event: 'entered', hop: 2, actor: 'ann', reason: 'a better scan' },
  ])
})

it('refuses a value that no stage takes, or that its schema refuses, and a body that is no push', async () => {
  const { ask } = await serveScans()
  const push = (body: object) => ask('POST', '/tokens', body)
  expect(await push({ id: 'x', value: { tag: 'Stored', page: '1' } })).toMatchObject({
    status: 422,
    body: { code: 'unroutable' },
  })
  expect(await push({ id: 'x', value: { tag: 'Scan' } })).toMatchObject({
    status: 400,
    body: { code: 'invalid', issues: [{ path: ['page'] }] },
  })
  const value = Scan({ page: '1' })
  for (const odd of [
    { id: '' },
    { id: 'a\u0000' },
    { id: '../x' },
    { id: './scans/page-1.tif' },
    { id: '.' },
    { id: 7 },
    { priority: 0.5 },
    { delayMs: -1 },
    { more: 1 },
  ]) {
    expect(await push({ id: 'x', value, ...odd }), JSON.stringify(odd)).toMatchObject({
      status: 400,
      body: { code: 'invalid' },
    })
  }
  expect((await ask('GET', '/tokens/x')).status).toBe(404)
})

it('cancels a token with who and why, once', async () => {
  const { ask, queues } = await serveScans()
  await queues.input.push('b1', Blurred({ page: '1', why: 'blurred' }))
  await ask('POST', '/reviews/look/tasks/b1/claim', { by: 'bob' })
  const cancel = (id: string, reason?: string) => ask('POST', `/tokens/${id}/cancel`, { by: 'ann', reason })
  expect((await cancel('b1')).status).toBe(400)
  expect((await cancel('b1', '  ')).status).toBe(400)
  expect(await cancel('b1', 'withdrawn')).toMatchObject({
    status: 200,
    body: { id: 'b1', queue: 'scans/look' },
  })
  const { body } = await ask('GET', '/tokens/b1')
  expect(body.queue).toBeUndefined()
  expect(Date.parse(body.finishedAt)).toBeGreaterThan(0)
  expect(body.history.at(-1)).toMatchObject({ event: 'cancelled', actor: 'ann', reason: 'withdrawn' })
  expect(await cancel('b1', 'again')).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect(await cancel('b2', 'never seen')).toMatchObject({ status: 404, body: { code: 'not_found' } })
})

it('shows times as the views of the database do', async () => {
  const clock = new FakeClock()
  const { ask, queues } = await serveScans({}, await openUsual({ clock }))
  await queues.input.push('b1', Blurred({ page: '1', why: 'blurred' }), { delayMs: 60_000 })
  const at = '2030-01-01T00:00:00.000Z'
  expect((await ask('GET', '/tokens/b1')).body).toMatchObject({
    enteredAt: at,
    message: { enteredAt: at, dueAt: '2030-01-01T00:01:00.000Z' },
    history: [{ at }],
  })
  const task = (await ask('GET', '/reviews/look/tasks/b1')).body
  expect(task).toMatchObject({ enteredAt: at, arrival: { at } })
  expect((await ask('GET', '/reviews')).body.desks[0].oldestAt).toBe(at)
  const { Journey } = (await ask('GET', '/openapi.json')).body.components.schemas
  expect(Journey.properties.enteredAt).toMatchObject({ type: 'string', format: 'date-time' })
})
