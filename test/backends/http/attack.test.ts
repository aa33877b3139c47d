import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import * as z from 'zod'
import { http } from '../../../src/backends/http.ts'
import { memory } from '../../../src/backends/memory.ts'
import { makeQueues, sequential, worker } from '../../../src/index.ts'
import { serveBackend } from '../../../src/serve/serve-backend.ts'
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
  let seed = 7
  const chance = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed / 2_147_483_648
  }
  let isCalm = true
  let dropped = 0
  const lose = () => (!isCalm && chance() < 0.12 && ++dropped ? 'drop' : 'pass')
  const proxy = await proxyTo(`http://127.0.0.1:${port}`, { before: lose, after: lose })
  closing.push(() => inner.close())
  closing.push(() => app.close())
  closing.push(() => proxy.close())

  const io = { input: z.string(), output: z.string() }
  const work = async (text: string) => {
    await new Promise((resolve) => setTimeout(resolve, chance() * 20))
    return `${text}.`
  }
  const stage = () => worker({ ...io, leaseMs: 2000, concurrency: 5, process: work })
  const flow = sequential(sequential(stage(), stage()), stage())
  const stop = new AbortController()
  const machines = await Promise.all(
    [1, 2].map(async () => {
      const backend = http(proxy.url)
      closing.push(() => backend.close())
      return makeQueues(flow, backend, 'w')
    }),
  )
  const running = machines.map((queues) =>
    Promise.all(
      queues
        .artifacts()
        .flat(9)
        .map((run) => run(stop.signal)),
    ),
  )
  closing.push(() => Promise.all(running))
  closing.push(() => stop.abort())
  isCalm = false
  const ids = Array.from({ length: 150 }, (_, n) => `t${n}`)
  const pushed = Promise.allSettled(ids.map((id) => machines[0]!.input.push(id, id, { enter: 'ignore' })))
  const done = async () => (await inner.count()).find(({ queue }) => queue === 'w/output')!.ready
  for (let deaths = 0; deaths < 3; deaths++) {
    const before = await done()
    await expect.poll(done, { timeout: 20_000 }).toBeGreaterThan(Math.min(before, 140))
    await app!.close()
    await open()
  }
  await pushed
  isCalm = true
  const missing = []
  for (const id of ids) if (!(await inner.journey('w', id))) missing.push(id)
  await Promise.all(missing.map((id) => machines[0]!.input.push(id, id)))
  await expect.poll(done, { timeout: 30_000 }).toBe(150)
  expect(dropped).toBeGreaterThan(20)
  for (const id of ids) {
    const { lines, row } = (await inner.journey('w', id))!
    expect(row!.value).toBe(`${id}...`)
    expect(lines.filter(({ event }) => event === 'moved')).toHaveLength(3)
    expect(lines.map(({ event }) => event)).not.toContain('expired')
    expect(lines.map(({ event }) => event)).not.toContain('timeout')
  }
}, 60_000)
