import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { memory } from '../../src/backends/memory.ts'
import { serveBackend } from '../../src/serve/index.ts'
import { defaultTimeouts } from '../../src/serve/limits.ts'
import { serveScans } from '../serve/rig.ts'
import { figure } from './figures.ts'

// Five hundred clients at once that send their headers a byte at a time, or their body, or nothing;
// `/health` is asked meanwhile. Taken out, to see this fail:
// - `connectionOptions` in `make-reviews.ts`: slow headers and bodies stay open;
// - `limitConnections` in `serve-backend.ts`: Node's and fastify's own limits are left, a minute and none.

const long = process.env['CHAOS'] === 'long'
const short = { headersMs: 400, requestMs: 800, silenceMs: 1200, keepAliveMs: 300 }
const timeouts = long ? {} : short
// Node looks for slow requests once in a quarter of the time for headers.
const cutWithinMs = long ? 30_000 : 2500
// In `npm test` other tests run beside it.
const othersMs = long ? 500 : 5000
const clients = long ? 500 : 120
const dripMs = long ? 500 : 50

interface Served {
  readonly port: number
  /** A path that takes a POST, and one to be asked whether the server answers. */
  readonly post: string
  readonly healthy: () => Promise<number>
}

const servers: Readonly<Record<string, () => Promise<Served>>> = {
  'a review API': async () => {
    const { server } = await serveScans({ timeouts })
    const healthy = async () => (await fetch(`${server.url}/health`)).status
    return { port: server.port, post: '/tokens', healthy }
  },
  'a served backend': async () => {
    const backend = memory()
    const app = fastify({ forceCloseConnections: true })
    // Held for less than the silence that is allowed.
    await app.register(serveBackend(backend, { timeouts, holdMs: long ? 15_000 : 500 }))
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    onTestFinished(async () => {
      await app.close()
      await backend.close()
    })
    const headers = { 'content-type': 'application/json' }
    const healthy = async () => (await fetch(`${url}/count`, { method: 'POST', headers, body: '{}' })).status
    return { port: Number(new URL(url).port), post: '/count', healthy }
  },
}

const head = (post: string) =>
  `POST ${post} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`

/** What each kind of client sends at once, and whether it goes on byte by byte. */
const kinds: Readonly<Record<string, { readonly first: (post: string) => string; readonly drips: boolean }>> =
  {
    'slow headers': { first: (post) => `${head(post)}x-slow: `, drips: true },
    'a slow body': { first: (post) => `${head(post)}content-length: 100000\r\n\r\n`, drips: true },
    'a slow chunked body': {
      first: (post) => `${head(post)}transfer-encoding: chunked\r\n\r\n20000\r\n`,
      drips: true,
    },
    'half a body': { first: (post) => `${head(post)}content-length: 100\r\n\r\n{"id":`, drips: false },
    nothing: { first: () => '', drips: false },
    'one request': { first: () => 'GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n', drips: false },
  }

it('cuts everything slow within half a minute, with its defaults', async () => {
  const { headersMs, requestMs, silenceMs, keepAliveMs } = defaultTimeouts
  const checkMs = headersMs / 4
  expect(Math.max(headersMs, requestMs) + checkMs).toBeLessThanOrEqual(30_000)
  expect(Math.max(silenceMs, keepAliveMs)).toBeLessThanOrEqual(30_000)
  const app = fastify()
  await app.register(serveBackend(memory()))
  await app.ready()
  const { headersTimeout, requestTimeout, timeout, keepAliveTimeout } = app.server
  expect({ headersTimeout, requestTimeout, timeout, keepAliveTimeout }).toEqual({
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    timeout: silenceMs,
    keepAliveTimeout: keepAliveMs,
  })
  await app.close()
})

it.each(Object.keys(servers))(
  'cuts slow clients, many at once, and answers all others meanwhile: %s',
  { timeout: 90_000 },
  async (name) => {
    const { port, post, healthy } = await servers[name]!()
    await healthy()
    const names = Object.keys(kinds)
    const slow = await Promise.all(
      Array.from({ length: clients }, (_, n) => openSlow(port, post, names[n % names.length]!)),
    )
    const isOver = Promise.all(slow.map(({ cut }) => cut)).then(() => true)
    const latencies: number[] = []
    for (let over = false; !over; ) {
      const askedAt = performance.now()
      expect(await healthy()).toBe(200)
      latencies.push(performance.now() - askedAt)
      if (performance.now() - slow[0]!.openedAt > cutWithinMs + 5000) break
      over = await Promise.race([isOver, sleep(20, false)])
    }
    const p99 = latencies.sort((a, b) => a - b)[Math.floor(latencies.length * 0.99)]!
    const lasted: Record<string, number> = {}
    for (const { kind, cutAt, openedAt } of slow) {
      lasted[kind] = Math.max(lasted[kind] ?? 0, Math.round((cutAt() ?? Number.POSITIVE_INFINITY) - openedAt))
    }
    const longest = Math.max(...names.map((kind) => lasted[kind]!))
    const what = `${clients} slow clients at ${name}`
    figure(what, `cut within ${cutWithinMs} ms`, longest, longest <= cutWithinMs)
    figure(what, `p99 of others under ${othersMs} ms`, Math.round(p99), p99 < othersMs)
  },
)

interface Slow {
  readonly kind: string
  readonly openedAt: number
  readonly cutAt: () => number | undefined
  readonly cut: Promise<unknown>
}

async function openSlow(port: number, post: string, kind: string): Promise<Slow> {
  const { first, drips } = kinds[kind]!
  const socket: Socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.resume()
  let cutAt: number | undefined
  // Not `once`: it rejects if the server cuts with a reset.
  const cut = new Promise((resolve) => socket.once('close', resolve)).then(() => (cutAt = performance.now()))
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  const openedAt = performance.now()
  socket.write(first(post))
  if (drips) {
    const timer = setInterval(() => socket.writable && socket.write('1'), dripMs)
    socket.once('close', () => clearInterval(timer))
  }
  return { kind, openedAt, cutAt: () => cutAt, cut }
}
