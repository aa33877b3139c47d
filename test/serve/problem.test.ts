import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { makeQueues, review } from '../../src/index.ts'
import { serveReviews } from '../../src/serve/index.ts'
import { openUsual } from '../on/open.ts'
import { asker, Scan, serveScans } from './rig.ts'

it('takes JSON only', async () => {
  const { ask } = await serveScans()
  const push = JSON.stringify({ id: 's1', value: Scan({ page: '1' }) })
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
  ]) {
    expect(await ask('POST', '/tokens', push, { 'content-type': type }), type).toMatchObject({
      status: 415,
      body: { code: 'invalid', message: 'Send JSON, with the header "content-type: application/json".' },
    })
  }
  expect((await ask('GET', '/tokens/s1')).status).toBe(404)
  for (const body of ['{', '', '[]', 'null', '"x"', '{"__proto__":{}}', '{"id":"a","id2":']) {
    expect(await ask('POST', '/tokens', body), body).toMatchObject({ status: 400, body: { code: 'invalid' } })
  }
  expect((await ask('POST', '/tokens')).status).toBe(400)
})

it('takes no other bytes than those of UTF-8', async () => {
  const { ask, server } = await serveScans()
  const post = (body: Buffer, type = 'application/json') =>
    fetch(`${server.url}/tokens`, { method: 'POST', headers: { 'content-type': type }, body })
  const text = JSON.stringify({ id: 'Käse', value: Scan({ page: '1' }) })
  for (const type of ['application/json', 'application/json; charset=iso-8859-1']) {
    const refused = await post(Buffer.from(text, 'latin1'), type)
    expect(refused.status).toBe(400)
    expect(await refused.json()).toEqual({
      code: 'invalid',
      message: 'The body is not UTF-8; JSON is sent in no other encoding.',
    })
  }
  expect((await post(Buffer.from(`\ufeff${text}`))).status).toBe(201)
  expect((await ask('GET', '/tokens/K%C3%A4se')).status).toBe(200)
})

it('refuses a body of more than 1.1 MB', async () => {
  const { ask } = await serveScans()
  const push = (bytes: number) =>
    ask('POST', '/tokens', { id: 's1', value: Scan({ page: 'x'.repeat(bytes) }) })
  expect(await push(1_100_000)).toMatchObject({ status: 413, body: { code: 'invalid' } })
  const long = await push(1_000_001)
  expect(long.status).toBe(400)
  expect(long.body.message).toContain('1000000 are allowed')
  expect((await push(999_000)).status).toBe(201)
})

it('refuses ids that no token can have', async () => {
  const { ask } = await serveScans()
  const odd = ['%00', 'a%00b', '%0a', '%7f', '%ff', '%', '%zz', '%ED%A0%80', 'x'.repeat(256)]
  for (const id of odd) {
    for (const path of [`/tokens/${id}`, `/reviews/look/tasks/${id}`]) {
      expect(await ask('GET', path), path).toMatchObject({ status: 400, body: { code: 'invalid' } })
    }
    expect((await ask('POST', `/tokens/${id}/cancel`, { by: 'ann', reason: 'odd' })).status).toBe(400)
  }
  for (const id of ['書'.repeat(255), '/..', '../../etc', '\\..', 'a%2fb', './x']) {
    expect((await ask('GET', `/tokens/${encodeURIComponent(id)}`)).status, id).toBe(404)
  }
})

it('refuses queries that it does not know', async () => {
  const { ask } = await serveScans()
  for (const query of [
    'limit=0',
    'limit=101',
    'limit=1.5',
    'limit=x',
    'status=gone',
    'sort=up',
    'after=nonsense',
    'page=2',
    'limit=1&limit=2',
  ]) {
    expect(await ask('GET', `/reviews/look/tasks?${query}`), query).toMatchObject({
      status: 400,
      body: { code: 'invalid' },
    })
  }
})

it('answers routes and methods that it does not have in JSON', async () => {
  const { ask } = await serveScans()
  for (const path of [
    '/',
    '/review',
    '/reviews/look',
    '/reviews/look/tasks/x/y',
    '/tokens',
    '/.env',
    '//',
    '/docs/x',
  ]) {
    expect(await ask('GET', path), path).toMatchObject({
      status: path === '/tokens' ? 405 : 404,
      body: { message: expect.stringContaining(path) },
    })
  }
  const { status, headers, body } = await ask('DELETE', '/tokens/s1')
  expect(status).toBe(405)
  expect(headers.get('allow')).toBe('GET, HEAD')
  expect(body).toEqual({ code: 'invalid', message: 'DELETE is not for /tokens/s1; it takes GET, HEAD.' })
})

it('sends headers that keep browsers from guessing, storing and framing', async () => {
  const { ask } = await serveScans()
  for (const path of ['/health', '/nothing', '/tokens/%ff', '/docs']) {
    const { headers } = await ask('GET', path)
    expect(headers.get('x-content-type-options'), path).toBe('nosniff')
    expect(headers.get('content-security-policy'), path).toContain("frame-ancestors 'none'")
  }
  expect((await ask('GET', '/reviews')).headers.get('cache-control')).toBe('no-store')
})

it('answers 503 when the database is gone, without saying where it was', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-serve-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { ask, backend } = await serveScans({}, await sqlite(join(folder, 'queues.db')))
  expect((await ask('GET', '/health')).status).toBe(200)
  await backend.close()
  for (const path of ['/health', '/reviews', '/reviews/look/tasks', '/tokens/s1']) {
    const { status, body } = await ask('GET', path)
    expect(status, path).toBe(503)
    expect(body.code).toBe('backend')
    expect(JSON.stringify(body)).not.toContain(folder)
  }
})

it('answers a bug with 500 and a plain sentence, and logs the bug', async () => {
  const told: Record<string, unknown>[] = []
  const log = { debug() {}, info() {}, warn() {}, error: (_: string, fields = {}) => void told.push(fields) }
  const broken = z.string().refine(() => {
    throw new Error('the bug in /home/ann')
  })
  const backend = await openUsual()
  const queues = await makeQueues(
    review({ input: broken, decisions: { pass: z.object({}) } }),
    backend,
    'broken',
  )
  const server = await serveReviews({ queues, artifacts: queues.artifacts(), log })
  onTestFinished(() => server.close())
  const { status, body } = await asker(server.url)('POST', '/tokens', { id: 'a', value: 'b' })
  expect(status).toBe(500)
  expect(body).toEqual({ code: 'backend', message: 'The server failed; its log says why.' })
  expect(told).toMatchObject([{ method: 'POST', route: '/tokens', error: 'the bug in /home/ann' }])
})

// Taken out, to see this fail: `refuseDeep` in `make-reviews.ts` (a schema that looks into what it is sent, as this one
// does, runs out of stack, and the answer is a 500).
it('refuses a body that is nested too deeply for a schema to look through', async () => {
  const backend = await openUsual()
  const queues = await makeQueues(
    review({ input: z.json(), decisions: { pass: z.looseObject({}) } }),
    backend,
    'deep',
  )
  const server = await serveReviews({ queues, artifacts: queues.artifacts() })
  onTestFinished(() => server.close())
  const ask = asker(server.url)
  const push = (levels: number) =>
    ask('POST', '/tokens', `{"id":"a","value":${'['.repeat(levels)}${']'.repeat(levels)}}`)
  expect(await push(100_000)).toMatchObject({
    status: 400,
    body: { code: 'invalid', message: 'The body is nested too deeply: 510 levels are allowed.' },
  })
  expect((await push(505)).body.message).toContain('nested more than 500 levels')
  expect((await push(499)).status).toBe(201)
})
