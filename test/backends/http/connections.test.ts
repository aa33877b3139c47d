import { gzipSync } from 'node:zlib'
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

async function served(serving: ServeBackendOptions = {}, around: Partial<Backend> = {}) {
  const inner = memory()
  await inner.declare({ workflow: 'w', queues: [{ name: 'only', role: 'stage' }], fingerprint: '1' })
  const app = fastify({ forceCloseConnections: true })
  await app.register(serveBackend({ ...inner, ...around }, serving))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  closing.push(() => inner.close())
  closing.push(() => app.close())
  return { inner, app, url }
}

async function through(url: string, options: ProxyOptions = {}) {
  const proxy = await proxyTo(url, options)
  closing.push(() => proxy.close())
  return proxy
}

function client(url: string) {
  const backend = http(url)
  closing.push(() => backend.close())
  return backend
}

const push = (id: string, value: string = 'x'): Push => ({
  ...{ kind: 'push', queue: 'only', value, enter: 'refuse' },
  token: { id, hop: 1, frames: [], priority: 0, deploy: 1 },
})

describe('what is long', () => {
  test('travels compressed both ways, and comes out as it was', async () => {
    const { url } = await served()
    const seen: Passing[] = []
    const proxy = await through(url, {
      before: (passing) => void seen.push(passing),
    })
    const backend = client(proxy.url)
    await backend.count()
    const value = 'a "text" with \u2028 and \u{1f980}, '.repeat(10_000)
    await backend.commit([push('a', value)])
    await backend.commit([push('b')])
    expect(seen.map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'gzip', undefined])
    expect(seen[1]!.body.length).toBeLessThan(value.length / 10)
    expect((await backend.get('only', 'a'))!.value).toBe(value)
    const answer = await fetch(`${url}/get`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip' },
      body: '{"queue":"only","id":"a"}',
    })
    expect(answer.headers.get('content-encoding')).toBe('gzip')
    expect(answer.headers.get('vary')).toBe('accept-encoding')
    expect(((await answer.json()) as { row: { value: string } }).row.value).toBe(value)
  })

  test.each(['identity', '', 'br', 'gzip;q=0', 'deflate, gzip;q=0.0'])(
    'is not compressed for a client that takes "%s"',
    async (accepted) => {
      const { inner, app } = await served()
      await inner.commit([push('a', 'x'.repeat(100_000))])
      const headers = { 'accept-encoding': accepted }
      const payload = { queue: 'only', id: 'a' }
      const answer = await app.inject({ method: 'POST', url: '/get', headers, payload })
      expect([answer.statusCode, answer.headers['content-encoding']]).toEqual([200, undefined])
      expect(answer.json().row.value).toHaveLength(100_000)
    },
  )

  test('holds the limit of a body in what comes out, whatever went in', async () => {
    const { app } = await served({ maxBodyBytes: 100_000 })
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const bomb = gzipSync(' '.repeat(50_000_000))
    expect(bomb.length).toBeLessThan(100_000)
    const send = (payload: Buffer, encoding = 'gzip') =>
      app.inject({
        method: 'POST',
        url: '/count',
        headers: { ...headers, 'content-encoding': encoding },
        payload,
      })
    const refused = await send(bomb)
    expect([refused.statusCode, refused.json().code]).toEqual([413, 'invalid'])
    expect((await send(gzipSync('{}'))).statusCode).toBe(200)
    expect((await send(gzipSync('{}').subarray(0, 15))).statusCode).toBe(400)
    expect((await send(Buffer.from('{}'))).json().message).toBe(
      'The body is not compressed by gzip, though its header says so.',
    )
    expect((await send(Buffer.from('{}'), 'br')).statusCode).toBe(415)
    expect((await send(Buffer.from('{}'), 'identity')).statusCode).toBe(200)
  })
})

describe('connections', () => {
  test('are kept, and few are opened for many requests', async () => {
    const { url } = await served()
    const proxy = await through(url)
    const backend = client(proxy.url)
    for (let n = 0; n < 20; n++) await backend.commit([push(String(n))])
    expect(proxy.connections()).toBe(1)
    await Promise.all(Array.from({ length: 200 }, (_, n) => backend.commit([push(`more${n}`)])))
    expect(proxy.connections()).toBe(1)
    await Promise.all(Array.from({ length: 200 }, () => backend.count()))
    expect(proxy.connections()).toBeLessThanOrEqual(64)
  })

  // Node's server cuts a kept connection just when the next request is on its way to it.
  test('that a proxy cuts while they are idle lose nothing', async () => {
    const { url, inner } = await served()
    let cuts = 0
    const proxy = await through(url, { idleMs: 1 })
    const hanging = await through(url, {
      // As one that was cut: nothing of the request is read, and the connection was used before.
      before: ({ path }) => (path === '/commit' && cuts++ % 2 === 1 ? 'drop' : 'pass'),
    })
    const backend = client(proxy.url)
    for (let n = 0; n < 30; n++) {
      await backend.commit([push(String(n))])
      await new Promise((resolve) => setTimeout(resolve, n % 4))
    }
    expect(proxy.connections()).toBeGreaterThan(1)
    const other = client(hanging.url)
    for (let n = 0; n < 10; n++) await other.commit([push(`other${n}`)])
    expect((await inner.count('only'))[0]!.ready).toBe(40)
  })

  test('a read on a connection that was cut is asked once more, at once', async () => {
    const { url } = await served()
    let asked = 0
    const proxy = await through(url, { before: () => (asked++ === 1 ? 'drop' : 'pass') })
    const backend = client(proxy.url)
    await backend.count()
    expect(await backend.count()).toHaveLength(1)
    expect(asked).toBe(3)
  })
})

/** A server whose lists are answered only when it is told to. */
async function slow(serving: ServeBackendOptions) {
  let answer = () => {}
  const told = new Promise<void>((resolve) => (answer = resolve))
  const list = async () => told.then(() => ({ rows: [] }))
  return { ...(await served(serving, { list })), answer: () => answer() }
}

describe('a server with too much to do', () => {
  test('says when to try again, before it reads a body, and the client does so', async () => {
    const { url, answer } = await slow({ maxWaiting: 2 })
    const statuses: number[] = []
    const proxy = await through(url, { after: (_, status) => void statuses.push(status) })
    const backend = client(proxy.url)
    const lists = [backend.list('only'), backend.list('only')]
    await expect.poll(async () => (await ask(url, 'count', '{}')).status).toBe(503)
    const refused = await ask(url, 'count', '{}')
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(await refused.json()).toEqual({
      code: 'backend',
      message: 'The server has too many requests waiting; try again in a second.',
    })
    const asking = backend.commit([push('a')])
    await expect.poll(() => statuses).toContain(503)
    answer()
    await Promise.all(lists)
    expect(await asking).toEqual({ repeated: false, skipped: [] })
    expect((await ask(url, 'count', '{}')).status).toBe(200)
  })

  test('that stays so is a BackendError, and a lease fails no later than without', async () => {
    const { url } = await served()
    const proxy = await through(url, {
      before: () => ({ status: 503, text: '<h1>Busy</h1>', headers: { 'retry-after': '1' } }),
    })
    const backend = client(proxy.url)
    const request = { owner: 'me', leaseMs: 300, timeoutMs: 9_999 }
    await expect(backend.lease('only', request)).rejects.toThrow(
      `The backend at ${proxy.url} did not answer: it has too many requests waiting.`,
    )
  })

  test('takes only so many bytes of bodies at a time', async () => {
    const { url, answer } = await slow({ maxBodyBytes: 10_000 })
    const long = `{"queue":"only"${' '.repeat(9900)}}`
    const lists = Array.from({ length: 16 }, () => ask(url, 'list', long))
    await expect.poll(async () => (await ask(url, 'count', long)).status).toBe(503)
    expect((await ask(url, 'count', '{}')).status).toBe(200)
    answer()
    await Promise.all(lists)
    await expect.poll(async () => (await ask(url, 'count', long)).status).toBe(200)
  })

  test('goes on to tell clients that wait for news', async () => {
    const { url, inner, answer } = await slow({ maxWaiting: 1 })
    const backend = client(url)
    const heard: (string | undefined)[] = []
    const list = backend.list('only')
    await expect.poll(async () => (await ask(url, 'count', '{}')).status).toBe(503)
    backend.watch((queue) => heard.push(queue))
    await expect.poll(() => heard).toEqual([undefined])
    await inner.commit([push('a')])
    await expect.poll(() => heard).toContain('only')
    answer()
    await list
  })
})

function ask(url: string, route: string, body: string) {
  return fetch(`${url}/${route}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
}
