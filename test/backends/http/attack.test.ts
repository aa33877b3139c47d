import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { memory } from '../../../src/backends/memory.ts'
import { serveBackend } from '../../../src/serve/serve-backend.ts'
import { chances, startMachines } from './machines.ts'
import { proxyTo } from './proxy.ts'

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

// Of 150 tokens that pass three stages on two machines, while one request in five is lost, before it is read or after it has
// happened, and the server is replaced again and again: each passes each stage once, and none is charged with anything.
test('lost requests, lost answers and servers that die lose nothing and double nothing', async () => {
  const inner = memory()
  let app: FastifyInstance
  let port = 0
  const open = async () => {
    app = fastify({ forceCloseConnections: true })
    await app.register(serveBackend(inner))
    port = Number(new URL(await app.listen({ host: '127.0.0.1', port })).port)
  }
  await open()
  const chance = chances(7)
  let isCalm = true
  let dropped = 0
  const lose = () => (!isCalm && chance() < 0.12 && ++dropped ? 'drop' : 'pass')
  const proxy = await proxyTo(`http://127.0.0.1:${port}`, { before: lose, after: lose })
  closing.push(() => inner.close())
  closing.push(() => app.close())
  closing.push(() => proxy.close())
  const machines = await startMachines({ inner, url: proxy.url, chance })
  closing.push(() => machines.end())
  isCalm = false
  const ids = Array.from({ length: 150 }, (_, n) => `t${n}`)
  const pushed = machines.push(ids)
  for (let deaths = 0; deaths < 3; deaths++) {
    const before = await machines.done()
    // Some may have to wait for `complete`.
    await expect.poll(machines.done, { timeout: 30_000 }).toBeGreaterThan(Math.min(before, 60))
    await app!.close()
    await open()
  }
  await pushed
  isCalm = true
  await machines.complete(ids)
  expect(dropped).toBeGreaterThan(5)
}, 120_000)

test('machines work behind a proxy that cuts each connection as soon as it is idle', async () => {
  const inner = memory()
  const app = fastify({ forceCloseConnections: true })
  await app.register(serveBackend(inner))
  const proxy = await proxyTo(await app.listen({ host: '127.0.0.1', port: 0 }), { idleMs: 1 })
  closing.push(() => inner.close())
  closing.push(() => app.close())
  closing.push(() => proxy.close())
  const machines = await startMachines({ inner, url: proxy.url, chance: chances(3) })
  closing.push(() => machines.end())
  const ids = Array.from({ length: 60 }, (_, n) => `t${n}`)
  await machines.push(ids)
  await machines.complete(ids)
  expect(proxy.connections()).toBeGreaterThan(10)
}, 60_000)
