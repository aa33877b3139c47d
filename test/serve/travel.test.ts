import { expect, it } from 'vitest'
import type { Backend } from '../../src/index.ts'
import { on } from '../on/kind.ts'
import { openersOf } from '../on/open.ts'
import { backends, Rare, Scan, serveScans } from './rig.ts'

const why = { by: 'ann', reason: 'a typo' }

async function served(backend?: Backend) {
  const rig = await serveScans({}, backend)
  await rig.queues.input.push('a/1', Scan({ page: '1' }))
  const post = (path: string, body: object) => rig.ask('POST', `/tokens/a%2F1/${path}`, { ...why, ...body })
  const get = (path: string) => rig.ask('GET', `/tokens/a%2F1${path}`)
  return { ...rig, post, get }
}

it('edits a token as it was seen, and keeps what it was readable', async () => {
  const { post, get } = await served()
  const edited = await post('edit', { hop: 1, value: Scan({ page: '2' }) })
  expect(edited).toMatchObject({
    status: 200,
    body: {
      ...{ id: 'a/1', queue: 'scans/sharpen', hop: 2, value: Scan({ page: '2' }) },
      from: { queue: 'scans/sharpen', hop: 1 },
    },
  })
  expect((await get('/values/1')).body).toEqual({
    ...{ id: 'a/1', queue: 'scans/sharpen', hop: 1, value: Scan({ page: '1' }), frames: [] },
  })
  expect((await get('/values/2')).body.value).toEqual(Scan({ page: '2' }))
  expect(await get('/values/3')).toMatchObject({ status: 404, body: { code: 'not_found', id: 'a/1' } })
  expect(await post('edit', { hop: 1, value: Scan({ page: '3' }) })).toMatchObject({
    ...{ status: 409, body: { code: 'conflict' } },
  })
  expect(await post('edit', { hop: 2, value: { tag: 'Scan', page: 3 } })).toMatchObject({
    ...{ status: 400, body: { code: 'invalid', issues: [{ path: ['page'] }] } },
  })
  for (const body of [
    { hop: 2 },
    { hop: 2, value: 1, reason: '' },
    { value: 1 },
    { hop: 2, value: 1, odd: 1 },
  ])
    expect((await post('edit', body)).status).toBe(400)
})

it('moves, reruns, forks and brings back a token', async () => {
  const { ask, post, get, backend } = await served()
  expect(await post('move', { hop: 1, to: 'look' })).toMatchObject({
    ...{ status: 400, body: { message: expect.stringContaining('takes Blurred; give it a value') } },
  })
  const value = { tag: 'Blurred', page: '1', why: 'dark' }
  expect(await post('move', { hop: 1, to: 'look', value })).toMatchObject({
    ...{ status: 200, body: { queue: 'scans/look', hop: 2 } },
  })
  expect(await post('rerun', { from: 1, set: { page: '7' }, dryRun: true })).toMatchObject({
    ...{ status: 200, body: { queue: 'scans/sharpen', hop: 3, value: Scan({ page: '7' }) } },
  })
  expect((await post('rerun', { from: 1, set: { page: '7' } })).body.hop).toBe(3)
  expect((await post('fork', { id: 'b', from: 2 })).body).toMatchObject({
    id: 'b',
    queue: 'scans/look',
    hop: 1,
  })
  expect((await post('fork', { id: 'b' })).status).toBe(409)
  expect((await post('fork', { id: '..' })).status).toBe(400)
  expect((await post('uncancel', {})).status).toBe(409)
  await ask('POST', '/tokens/a%2F1/cancel', why)
  expect((await post('uncancel', {})).body).toMatchObject({ queue: 'scans/sharpen', hop: 4 })
  const { lines } = (await get('/lines?values=true')).body
  expect(lines.map(({ event }: { event: string }) => event)).toEqual([
    ...['entered', 'moved', 'rerun', 'cancelled', 'undone'],
  ])
  expect(lines[3]).toMatchObject({ hop: 3, value: Scan({ page: '7' }), frames: [], valueBytes: 25 })
  expect((await get('/lines?hop=2')).body.lines).toMatchObject([{ event: 'rerun' }])
  expect((await backend.journey('scans', 'a/1'))!.queue).toBe('scans/sharpen')
})

it('does not take a token from those who work on it, unless it is told', async () => {
  const { post, backend } = await served()
  await backend.lease('scans/sharpen', { owner: 'me', leaseMs: 1000, timeoutMs: 1000 })
  const body = { hop: 1, value: Scan({ page: '2' }) }
  expect(await post('edit', body)).toMatchObject({
    ...{ status: 409, body: { message: expect.stringContaining('me has it') } },
  })
  expect((await post('edit', { ...body, force: true })).status).toBe(200)
})

it('keeps what people say, and answers for an unknown token as ever', async () => {
  const { ask, get } = await served()
  const say = (id: string, text: string) => ask('POST', `/tokens/${id}/comments`, { by: 'bob', text })
  expect(await say('a%2F1', 'Look at <b>page 3</b>.')).toMatchObject({ status: 201, body: { id: 'a/1' } })
  expect((await get('/lines')).body.lines.at(-1)).toMatchObject({
    ...{ event: 'commented', actor: 'bob', reason: 'Look at <b>page 3</b>.', hop: 1 },
  })
  expect((await say('a%2F1', ' ')).status).toBe(400)
  expect((await say('a%2F1', 'x'.repeat(4001))).status).toBe(400)
  for (const [method, path, body] of [
    ['POST', '/tokens/x/comments', { by: 'bob', text: 'Where?' }],
    ['POST', '/tokens/x/edit', { ...why, hop: 1, value: 1 }],
    ['POST', '/tokens/x/rerun', { ...why, from: 1 }],
    ['POST', '/tokens/x/uncancel', why],
    ['GET', '/tokens/x/values/1', undefined],
    ['GET', '/tokens/x/lines', undefined],
  ] as const)
    expect(await ask(method, path, body), path).toMatchObject({ status: 404, body: { code: 'not_found' } })
})

it.each(Object.entries(backends))('lists who did what, the newest first, on %s', async (_, open) => {
  const { ask, post, queues } = await served(await open())
  await queues.input.push('b', Rare({ page: '2' }), { by: 'bob' })
  await post('edit', { hop: 1, value: Scan({ page: '2' }) })
  await ask('POST', '/tokens/b/comments', { by: 'ann', text: 'Why?' })
  const lines = async (query = '') => {
    const { status, body } = await ask('GET', `/lines${query}`)
    expect(status).toBe(200)
    return body.lines.map(({ id, event }: { id: string; event: string }) => `${id} ${event}`)
  }
  expect(await lines()).toEqual(['b commented', 'a/1 edited', 'b entered', 'a/1 entered'])
  expect(await lines('?people=true&order=oldest')).toEqual(['b entered', 'a/1 edited', 'b commented'])
  expect(await lines('?actor=ann&event=edited')).toEqual(['a/1 edited'])
  expect(await lines('?queue=scans%2Fgate%2F0')).toEqual(['b commented', 'b entered'])
  expect(await lines(`?from=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([])
  expect(await lines(`?to=${new Date(Date.now() + 60_000).toISOString()}&limit=1`)).toEqual(['b commented'])
  const { body } = await ask('GET', '/lines?limit=3')
  expect(await lines(`?after=${body.next}`)).toEqual(['a/1 entered'])
  for (const query of ['?limit=0', '?limit=1001', '?order=odd', '?from=yesterday', '?after=x', '?people=1'])
    expect((await ask('GET', `/lines${query}`)).status, query).toBe(400)
})

it('shows nothing of another workflow in the same database', async () => {
  const backend = await openersOf('sqlite')[on ?? 'sqlite']!()
  const { ask } = await served(backend)
  await backend.declare({ workflow: 'other', queues: [{ name: 'o', role: 'stage' }], fingerprint: 'v1' })
  await backend.commit([
    {
      ...{ kind: 'push', queue: 'o', value: 1, enter: 'refuse' },
      token: { id: 'secret', hop: 0, frames: [], priority: 0, deploy: 1 },
    },
  ])
  expect(JSON.stringify((await ask('GET', '/lines')).body)).not.toContain('secret')
})
