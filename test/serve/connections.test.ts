import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import type { Backend } from '../../src/index.ts'
import { defaultTimeouts } from '../../src/serve/limits.ts'
import { openUsual } from '../on/open.ts'
import { serveScans } from './rig.ts'

/** A connection, and all that came over it until it was closed from the other side. */
async function open(port: number): Promise<{ socket: Socket; ended: Promise<string> }> {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  let text = ''
  socket.setEncoding('utf8').on('data', (part) => (text += part))
  socket.on('error', () => {})
  const ended = once(socket, 'close').then(() => text)
  return { socket, ended }
}

it('gives no client more than half a minute to send a request', async () => {
  const { server } = await serveScans()
  const { requestTimeout, headersTimeout, timeout, keepAliveTimeout } = server.app.server
  expect({ requestTimeout, headersTimeout, timeout, keepAliveTimeout }).toEqual({
    requestTimeout: 20_000,
    headersTimeout: 10_000,
    timeout: 28_000,
    keepAliveTimeout: 5_000,
  })
  const { requestMs, headersMs, silenceMs } = defaultTimeouts
  expect(requestMs + headersMs / 4).toBeLessThan(30_000)
  expect(silenceMs).toBeLessThan(30_000)
})

it('cuts slow headers, slow bodies and silence', async () => {
  const timeouts = { headersMs: 200, requestMs: 400, silenceMs: 600, keepAliveMs: 100 }
  const { server } = await serveScans({ timeouts })
  const host = `host: 127.0.0.1:${server.port}\r\n`
  const drip = ({ socket }: { socket: Socket }) => {
    const timer = setInterval(() => socket.write('x'), 50)
    socket.once('close', () => clearInterval(timer))
  }
  const slowHeaders = await open(server.port)
  slowHeaders.socket.write(`GET /health HTTP/1.1\r\n${host}x-slow: `)
  drip(slowHeaders)
  const slowBody = await open(server.port)
  slowBody.socket.write(
    `POST /tokens HTTP/1.1\r\n${host}content-type: application/json\r\ncontent-length: 10000\r\n\r\n`,
  )
  drip(slowBody)
  const silent = await open(server.port)
  expect(await slowHeaders.ended).toMatch(/^HTTP\/1\.1 408 .*"code":"invalid"/s)
  expect(await slowBody.ended).toMatch(/^HTTP\/1\.1 408 /)
  expect(await silent.ended).toMatch(/^(HTTP\/1\.1 408 |$)/)
})

it('answers what is no HTTP, and headers that never end, in JSON', async () => {
  const { server } = await serveScans()
  const noise = await open(server.port)
  noise.socket.write('\x16\x03\x01 hello\r\n\r\n')
  expect(await noise.ended).toMatch(/^HTTP\/1\.1 400 .*\{"code":"invalid"/s)
  const long = await open(server.port)
  long.socket.write(`GET /health HTTP/1.1\r\nx-long: ${'x'.repeat(100_000)}\r\n\r\n`)
  expect(await long.ended).toMatch(/^HTTP\/1\.1 431 .*\{"code":"invalid"/s)
  const smuggled = await open(server.port)
  smuggled.socket.write(
    `POST /tokens HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  )
  expect(await smuggled.ended).toMatch(/^HTTP\/1\.1 400 /)
})

it('answers what was asked before it closes, and keeps no connection', async () => {
  const inner = await openUsual()
  let answer = () => {}
  let asked = () => {}
  const isAsked = new Promise<void>((resolve) => (asked = resolve))
  const gate = new Promise<void>((resolve) => (answer = resolve))
  const backend: Backend = {
    ...inner,
    get: async (queue, id) => {
      asked()
      await gate
      return inner.get(queue, id)
    },
  }
  const { server } = await serveScans({}, backend)
  const idle = await open(server.port)
  idle.socket.write(`GET /reviews HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  await once(idle.socket, 'data')
  const busy = await open(server.port)
  busy.socket.write(`GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  await isAsked
  const closed = server.close()
  await idle.ended
  answer()
  expect(await busy.ended).toMatch(/^HTTP\/1\.1 200 .*connection: close.*"ok":true/is)
  await closed
  const late = connect(server.port, '127.0.0.1')
  await expect(once(late, 'connect')).rejects.toThrow('ECONNREFUSED')
})
