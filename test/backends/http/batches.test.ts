import fastify from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { http } from '../../../src/backends/http.ts'
import { memory } from '../../../src/backends/memory.ts'
import type { Backend } from '../../../src/queue/backend.ts'
import type { Push } from '../../../src/queue/change.ts'
import { type ServeBackendOptions, serveBackend } from '../../../src/serve/serve-backend.ts'
import { type Passing, type ProxyOptions, proxyTo } from './proxy.ts'

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A client, and the requests that went from it to the server. */
async function far(options: ProxyOptions = {}, serving: ServeBackendOptions = {}) {
  const inner = memory()
  await inner.declare({
    workflow: 'w',
    queues: ['only', 'next'].map((name) => ({ name, role: 'stage' }) as const),
    fingerprint: '1',
  })
  const app = fastify({ forceCloseConnections: true })
  await app.register(serveBackend(inner, serving))
  const seen: Passing[] = []
  const proxy = await proxyTo(await app.listen({ host: '127.0.0.1', port: 0 }), {
    ...options,
    before(passing) {
      seen.push(passing)
      return options.before?.(passing)
    },
  })
  const backend = http(proxy.url)
  closing.push(() => inner.close())
  closing.push(() => app.close())
  closing.push(() => proxy.close())
  closing.push(() => backend.close())
  // From the first answer on it is known what the server takes.
  await backend.count()
  const paths = () => seen.splice(0).map(({ path }) => path)
  paths()
  return { inner, backend, seen, paths }
}

const push = (id: string, value: unknown = 1) =>
  ({
    ...{ kind: 'push', queue: 'only', value: value as number, enter: 'refuse' },
    token: { id, hop: 1, frames: [], priority: 0, deploy: 1 },
  }) satisfies Push
const asking = { owner: 'me', leaseMs: 9_999, timeoutMs: 9_999 }

async function ready(inner: Backend, queue = 'only') {
  return (await inner.count(queue))[0]!.ready
}

describe('the requests of one turn', () => {
  test('travel together, and each is answered by itself', async () => {
    const { backend, inner, paths } = await far()
    await inner.commit([push('a'), push('b')])
    const [held] = await inner.lease('only', asking)
    const fence = { queue: 'only', id: 'a', hop: 1, lease: held!.lease }
    paths()
    const results = await Promise.allSettled([
      backend.commit([push('c')]),
      backend.commit([push('c')]),
      backend.lease('only', asking),
      backend.lease('nowhere', asking),
      backend.extend('me', [fence]),
      backend.pass(fence, { gate: 'none' }),
      backend.commit([{ kind: 'pop', event: 'popped', ...fence, lease: fence.lease + 9 }]),
      backend.commit([push('d')]),
    ])
    expect(paths()).toEqual(['/batch'])
    expect(results).toMatchObject([
      { value: { repeated: false, skipped: [] } },
      { reason: { code: 'conflict', id: 'c' } },
      { value: [{ id: 'b' }] },
      { reason: { code: 'not_found', queue: 'nowhere' } },
      { value: { held: [fence] } },
      { reason: { code: 'not_found' } },
      { reason: { code: 'lease_lost', id: 'a' } },
      { value: { repeated: false } },
    ])
    expect(await ready(inner)).toBe(2)
  })

  test('do so one at a time where there is but one, and what may take long goes alone', async () => {
    const { backend, paths } = await far()
    await backend.commit([push('a')])
    expect(paths()).toEqual(['/commit'])
    await Promise.all([backend.list('only'), backend.count(), backend.commit([push('b')])])
    expect(paths().toSorted()).toEqual(['/commit', '/count', '/list'])
  })

  test('a value as deep as one may be is no deeper in a batch, and a deeper one fails alone', async () => {
    const { backend, inner, paths } = await far()
    const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels))
    const [deep, plain] = await Promise.allSettled([
      backend.commit([push('a', nested(499))]),
      backend.commit([push('b')]),
    ])
    expect([deep, plain]).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }])
    expect(paths()).toEqual(['/batch'])
    expect(await ready(inner)).toBe(2)
  })

  test('a refused shape in a batch is a 400 of its own', async () => {
    const { backend, inner, paths } = await far()
    const odd = { ...push('a'), token: { ...push('a').token, hop: 1, deploy: 'x' as never } }
    const [bad, good] = await Promise.allSettled([
      backend.lease('only', { ...asking, only: { odd: true } as never, alone: 'x' as never }),
      backend.commit([push('b')]),
      backend.commit([odd]),
    ])
    expect(bad).toMatchObject({ reason: { code: 'invalid' } })
    expect(good).toMatchObject({ status: 'fulfilled' })
    expect(await ready(inner)).toBe(1)
    expect(paths().length).toBeLessThanOrEqual(1)
  })
})

describe('a request has its limits', () => {
  test('10,000 changes at most go together', async () => {
    const { backend, seen } = await far()
    const drop = (key: number) => ({ kind: 'drop', workflow: 'w', key: String(key) }) as const
    const commit = () => backend.commit(Array.from({ length: 3333 }, (_, n) => drop(n)))
    await Promise.all(Array.from({ length: 6 }, commit))
    expect(seen.map(({ path }) => path)).toEqual(['/batch', '/batch', '/batch'])
  })

  test('16 MiB at most go together', async () => {
    const { backend, inner, seen } = await far()
    const long = 'x'.repeat(900_000)
    await Promise.all(Array.from({ length: 20 }, (_, n) => backend.commit([push(String(n), long)])))
    expect(seen.map(({ path }) => path)).toEqual(['/batch', '/batch'])
    expect(await ready(inner)).toBe(20)
  })

  test('what something before the server finds too long is sent in parts', async () => {
    const { backend, inner, paths } = await far({
      before: ({ body }) => (body.length > 1500 ? { status: 413, text: '<h1>Too large</h1>' } : 'pass'),
    })
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => backend.commit([push(String(n), 'x'.repeat(500))])),
    )
    expect(await ready(inner)).toBe(20)
    expect(paths().length).toBeGreaterThan(20)
    await expect(backend.commit([push('y', 'x'.repeat(5000))])).rejects.toMatchObject({ code: 'backend' })
  })
})

describe('a server of another version', () => {
  const old: ProxyOptions = {
    hides: ['pipewright-takes'],
    before: ({ path, headers }) =>
      path === '/batch'
        ? {
            status: 404,
            text: '{"message":"Route POST:/batch not found","error":"Not Found","statusCode":404}',
          }
        : headers['content-encoding'] === undefined
          ? 'pass'
          : { status: 400, text: '{"code":"invalid","message":"The body is not UTF-8."}' },
  }

  test('that takes no batches and no gzip gets neither', async () => {
    const { backend, inner, paths } = await far(old)
    await Promise.all([backend.commit([push('a')]), backend.commit([push('b', 'x'.repeat(200_000))])])
    expect(paths()).toEqual(['/commit', '/commit'])
    expect(await ready(inner)).toBe(2)
  })

  test('that takes the place of a newer one is sent all of it once more, and then as it wants it', async () => {
    let isOld = false
    const { backend, inner, paths } = await far({
      before: (passing) => (isOld ? old.before!(passing) : 'pass'),
    })
    isOld = true
    const long = 'x'.repeat(200_000)
    await Promise.all([
      backend.commit([push('a', long)]),
      backend.commit([push('b')]),
      backend.lease('next', asking),
    ])
    expect(paths()[0]).toBe('/batch')
    await backend.commit([push('c', long)])
    isOld = false
    await Promise.all([backend.commit([push('d')]), backend.commit([push('e')])])
    expect(await ready(inner)).toBe(5)
  })

  test('that does not know a route in a batch is asked one by one', async () => {
    const { backend, inner, paths } = await far({
      before: ({ path }) =>
        path === '/batch'
          ? { status: 400, text: '{"code":"invalid","message":"The body is not what this route takes."}' }
          : 'pass',
    })
    await Promise.all([backend.commit([push('a')]), backend.commit([push('b')])])
    await Promise.all([backend.commit([push('c')]), backend.commit([push('d')])])
    expect(paths()).toEqual(['/batch', '/commit', '/commit', '/commit', '/commit'])
    expect(await ready(inner)).toBe(4)
  })

  test('a client of an older version asks as before', async () => {
    const { inner } = await far()
    const app = fastify()
    await app.register(serveBackend(inner))
    closing.push(() => app.close())
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const headers = { 'content-type': 'application/json', 'accept-encoding': 'br, gzip;q=0' }
    const ask = async (route: string, body: object) =>
      (await fetch(`${url}/${route}`, { method: 'POST', headers, body: JSON.stringify(body) })).json()
    const own = { kind: 'put', workflow: 'pipewright/http', key: 'k/1', forMs: 9999, repeat: true }
    const long = push('a', 'x'.repeat(100_000))
    expect(await ask('commit', { changes: [long, own] })).toEqual({
      receipt: { repeated: false, skipped: [] },
    })
    expect(await ask('lease', { queue: 'only', request: asking })).toMatchObject({ messages: [{ id: 'a' }] })
  })
})

describe('an answer to a batch that is lost', () => {
  test('is sent for again: each commit happens once, and only leases fail', async () => {
    let drops = 1
    const { backend, inner, paths } = await far({
      after: ({ path }) => (path === '/batch' && drops-- > 0 ? 'drop' : 'pass'),
    })
    const results = await Promise.allSettled([
      ...['a', 'b', 'a'].map((id) => backend.commit([push(id)])),
      backend.lease('next', asking),
    ])
    expect(results).toMatchObject([
      { value: { repeated: false } },
      { value: { repeated: false } },
      { reason: { code: 'conflict' } },
      { reason: { code: 'backend', message: expect.stringContaining('did not answer') } },
    ])
    // How what is asked for again travels is left to when each is.
    const [sent, ...again] = paths()
    expect(sent).toBe('/batch')
    expect(again).not.toEqual([])
    expect(await ready(inner)).toBe(2)
  })

  test('in part: what has come counts', async () => {
    let cuts = 1
    const { backend, inner } = await far({
      after: ({ path }) =>
        path === '/batch' && cuts-- > 0
          ? { status: 200, text: '{"status":200,"body":{"receipt":{"repeated":false,"skipped":[]}}}\n{"sta' }
          : 'pass',
    })
    const both = await Promise.all([backend.commit([push('a')]), backend.commit([push('b')])])
    expect(both).toEqual([
      { repeated: false, skipped: [] },
      { repeated: false, skipped: [] },
    ])
    expect(await ready(inner)).toBe(2)
  })
})
