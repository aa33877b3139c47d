import { METHODS } from 'node:http'
import fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { memory } from '../../src/backends/memory.ts'
import { bodies } from '../../src/serve/backend-bodies.ts'
import { serveBackend } from '../../src/serve/index.ts'
import { serveScans } from '../serve/rig.ts'
import { documentedRoutes, filledPath } from './fuzzing/documented.ts'
import { oddPaths, oddPosts, oddTargets } from './fuzzing/hostile-requests.ts'
import { leaksIn } from './fuzzing/leaks.ts'
import { askRaw } from './fuzzing/raw-request.ts'

// The routes are those of the OpenAPI document, and those of a served backend those that its bodies are known of: a
// new one is asked too. Taken out, to see this fail:
// - `guard` in `serve-backend.ts` and in `make-reviews.ts`: 200, 400 and 405 instead of 401;
// - `isSameHost` in `guard.ts`: pages of other origins are answered;
// - `removeContentTypeParser('text/plain')`, and `removeAllContentTypeParsers()`: 400 instead of 415.

interface Server {
  readonly port: number
  readonly routes: readonly { readonly method: string; readonly path: string; readonly isOpen: boolean }[]
  readonly post: string
}

const bearer = 'correct-horse'
const auth = `authorization: Bearer ${bearer}\r\n`

async function reviews(token?: string): Promise<Server> {
  const { server } = await serveScans({ token })
  const document = await (await fetch(`${server.url}/openapi.json`)).json()
  const routes = documentedRoutes(document as never).map(({ method, path, isOpen }) => ({
    method,
    isOpen,
    path: filledPath(path, () => 'b1'),
  }))
  return { port: server.port, routes, post: '/tokens' }
}

async function served(token?: string): Promise<Server> {
  const backend = memory()
  const app = fastify({ forceCloseConnections: true })
  await app.register(serveBackend(backend, { token }), { prefix: '/queues' })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await app.close()
    await backend.close()
  })
  const routes = Object.keys(bodies).map((name) => ({
    method: 'POST',
    path: `/queues/${name}`,
    isOpen: false,
  }))
  return { port: Number(new URL(url).port), routes, post: '/queues/count' }
}

/** A request with `headers`, each ended by a line break, whose answer ends the connection. */
function request(method: string, target: string, headers = '', body = ''): string {
  const host = /^host:/im.test(headers) ? '' : 'host: localhost\r\n'
  return `${method} ${target} HTTP/1.1\r\n${host}connection: close\r\n${headers}\r\n${body}`
}

/** Asks, and expects that the answer gives nothing away. */
async function ask(port: number, text: string) {
  const answer = await askRaw(port, Buffer.from(text, 'latin1'))
  const told = text.length > 300 ? `${text.slice(0, 300)}...` : text
  expect(leaksIn(answer.text), told).toEqual([])
  // A server that does not read a long request to its end may hang up; and it has nothing to CONNECT to.
  const isAnswered = answer.status !== undefined || text.startsWith('CONNECT ')
  expect(isAnswered || (answer.isCut && text.length > 16_384), told).toBe(true)
  return { ...answer, told }
}

/** `act` on each of `all`, at once. */
async function each<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  await Promise.all(all.map(act))
}

describe.each([
  ['a review API', reviews],
  ['a served backend', served],
] as const)('%s', { timeout: 60_000 }, (_, serve) => {
  it('answers no request without the token, on any route, by any method', async () => {
    const { port, routes } = await serve(bearer)
    expect(routes.length).toBeGreaterThan(8)
    const wrong = ['', `${auth.trimEnd()}x\r\n`, 'authorization: Basic Y29ycmVjdDpob3JzZQ==\r\n', `x-${auth}`]
    for (const { method, path, isOpen } of routes) {
      if (isOpen) continue
      await each(wrong, async (headers) => {
        const typed = `${headers}content-type: application/json\r\ncontent-length: 2\r\n`
        const { status, told } = await ask(port, request(method, path, typed, '{}'))
        expect(status, told).toBe(401)
      })
      await each(METHODS, async (other) => {
        const { status, text, told } = await ask(port, request(other, path))
        // Node hangs up on a client that wants a tunnel.
        if (other === 'CONNECT') expect(text, told).toBe('')
        else expect([400, 401, 404, 405], told).toContain(status)
      })
    }
  })

  it('answers no strange name and no page of another origin', async () => {
    const { port, routes } = await serve()
    const strange = [
      'host: evil.example\r\n',
      'host: localhost.evil.example\r\n',
      'host: 127.0.0.1@evil.example\r\n',
      'host: [\r\n',
      'host: \r\n',
      'host: localhost\r\norigin: http://evil.example\r\n',
      'host: localhost\r\norigin: null\r\n',
      'host: localhost\r\norigin: http://localhost:1\r\n',
    ]
    for (const { method, path } of routes) {
      await each(strange, async (headers) => {
        const { status, told } = await ask(port, request(method, path, headers))
        expect(status, told).toBe(403)
      })
    }
  })

  it('answers odd paths and methods with what is wrong about them', async () => {
    const { port, routes } = await serve(bearer)
    const methods = [...METHODS, 'BREW', 'get', '']
    for (const { method, path } of routes) {
      await each([...oddTargets, ...oddPaths(path)], async (target) => {
        const { status = 400, told } = await ask(port, request(method, target, auth))
        const isFound = method === 'GET' && status >= 200 && status < 300
        if (!isFound) expect(status, told).toBeGreaterThanOrEqual(400)
        expect(status, told).toBeLessThan(500)
      })
      await each(methods, async (other) => {
        const { status = 400, told } = await ask(port, request(other, path, auth))
        expect(status, told).toBeLessThan(500)
      })
    }
  })

  it('refuses bodies and headers that are wrong', async () => {
    const { port, post } = await serve(bearer)
    for (const [name, [headers, body, expected]] of Object.entries(oddPosts())) {
      const { status = 400 } = await ask(port, request('POST', post, auth + headers, body))
      if (expected) expect(status, name).toBe(expected)
      expect(status, name).toBeGreaterThanOrEqual(400)
      expect(status, name).toBeLessThan(500)
    }
  })
})
