import { getEventListeners } from 'node:events'
import { fastify } from 'fastify'
import { expect, it, onTestFinished, vi } from 'vitest'
import * as z from 'zod'
import { http } from '../../src/backends/http.ts'
import { type Backend, makeQueues, worker } from '../../src/index.ts'
import { onAbort } from '../../src/run/on-abort.ts'
import { serveBackend } from '../../src/serve/index.ts'
import { openUsual } from '../on/open.ts'

const copy = worker({ input: z.string(), output: z.string(), process: (text) => text })
const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

async function overHttp(): Promise<Backend> {
  const server = fastify({ forceCloseConnections: true })
  await server.register(serveBackend(await openUsual()))
  const backend = http(await server.listen({ host: '127.0.0.1', port: 0 }))
  onTestFinished(async () => {
    await backend.close()
    await server.close()
  })
  return backend
}

it.each([
  ['memory', async () => await openUsual()],
  ['http', overHttp],
] as const)(
  'lets many readers and workers over %s be stopped by one signal, without a warning',
  async (_, open) => {
    const warned = vi.fn()
    process.on('warning', warned)
    onTestFinished(() => void process.off('warning', warned))
    const { artifacts, output } = await makeQueues(copy, await open(), 'copy')
    const stop = new AbortController()
    const many = Array.from({ length: 15 })
    const working = many.map(() => artifacts()(stop.signal))
    const reading = many.map(() => output.read(stop.signal).catch((reason: unknown) => reason))
    await expect.poll(() => listenersOf(stop.signal)).toBe(1)
    stop.abort('enough')
    expect(await Promise.all(reading)).toEqual(many.map(() => 'enough'))
    await Promise.all(working)
    expect(listenersOf(stop.signal)).toBe(0)
    expect(warned).not.toHaveBeenCalled()
  },
)

it('leaves no listener behind, and calls each that is left, once', () => {
  const stop = new AbortController()
  const act = vi.fn()
  const offs = [onAbort(stop.signal, act), onAbort(stop.signal, act), onAbort(stop.signal, act)]
  expect(listenersOf(stop.signal)).toBe(1)
  for (const off of offs) off()
  expect(listenersOf(stop.signal)).toBe(0)
  onAbort(stop.signal, act)
  onAbort(stop.signal, act)()
  stop.abort()
  expect(act).toHaveBeenCalledTimes(1)
  onAbort(stop.signal, act)
  expect(act).toHaveBeenCalledTimes(2)
})
