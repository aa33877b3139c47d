import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Backend } from '../../src/queue/backend.ts'
import { BackendError } from '../../src/queue/errors.ts'
import { serveBackend } from '../../src/serve/serve-backend.ts'
import { notOverHttp } from '../on/kind.ts'
import { openUsual } from '../on/open.ts'

let backend: Backend
let app: FastifyInstance

beforeEach(async () => {
  backend = await openUsual()
  await backend.declare({ workflow: 'w', queues: [{ name: 'only', role: 'stage' }], fingerprint: '1' })
  app = fastify()
  await app.register(serveBackend(backend, { maxBodyBytes: 10_000 }), { prefix: '/open' })
  await app.register(serveBackend(backend, { token: 'right' }), { prefix: '/guarded' })
})

afterEach(() => app.close())

describe('who is let in', () => {
  const count = { method: 'POST', payload: {} } as const

  test.each([undefined, 'Bearer wrong', 'Bearer', 'right', 'Basic right', 'Bearer rightx'])(
    'with a token, %s is answered 401',
    async (authorization) => {
      const headers = authorization === undefined ? {} : { authorization }
      const answer = await app.inject({ ...count, url: '/guarded/count', headers })
      expect(answer.statusCode).toBe(401)
      expect(answer.json()).toEqual({
        code: 'unauthorized',
        message: 'The token is missing or wrong: send "authorization: Bearer TOKEN".',
      })
      expect(answer.headers['www-authenticate']).toBe('Bearer')
    },
  )

  test('with a token, its bearer is let in from anywhere', async () => {
    const headers = { authorization: 'Bearer right', host: 'queues.example.org' }
    const answer = await app.inject({ ...count, url: '/guarded/count', headers, remoteAddress: '10.0.0.9' })
    expect(answer.statusCode).toBe(200)
  })

  test.each(['10.0.0.9', '192.168.1.1', '::ffff:10.0.0.9', '2001:db8::1'])(
    'without a token, %s is answered 403',
    async (remoteAddress) => {
      const answer = await app.inject({ ...count, url: '/open/count', remoteAddress })
      expect(answer.statusCode).toBe(403)
      expect(answer.json()).toEqual({
        code: 'forbidden',
        message: 'Without a token only this machine is answered.',
      })
    },
  )

  test.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])(
    'without a token, %s is let in',
    async (remoteAddress) => {
      expect((await app.inject({ ...count, url: '/open/count', remoteAddress })).statusCode).toBe(200)
    },
  )

  test('without a token, a page whose name was pointed at this machine is answered 403', async () => {
    for (const host of ['evil.example.org', 'localhost.evil.org', '127.0.0.1.evil.org:80']) {
      const answer = await app.inject({ ...count, url: '/open/count', headers: { host } })
      expect(answer.statusCode).toBe(403)
    }
  })

  // Taken out, to see this fail: `isSameHost` in `guard.ts`.
  test('without a token, a page of another origin is answered 403, and one of this server is let in', async () => {
    const ask = async (origin: string) => {
      const headers = { host: 'localhost:8080', origin }
      return (await app.inject({ ...count, url: '/open/count', headers })).statusCode
    }
    for (const origin of ['http://evil.example', 'null', 'http://localhost', ''])
      expect(await ask(origin)).toBe(403)
    expect(await ask('http://localhost:8080')).toBe(200)
  })

  test('an empty token is a mistake', () => {
    expect(() => serveBackend(backend, { token: '' })).toThrow('cannot be empty')
  })
})

describe('what is refused', () => {
  const fence = { queue: 'only', id: 'a', hop: 1, lease: 1 }
  const token = { id: 'a', hop: 1, frames: [], priority: 0, deploy: 1 }
  const push = { kind: 'push', queue: 'only', token, value: 1, enter: 'refuse' }

  test.each([
    ['commit', { changes: [{ kind: 'steal', ...fence }] }, 'changes.0.kind'],
    ['commit', { changes: [{ kind: 'pop', ...fence }] }, 'changes.0.event'],
    ['commit', { changes: [{ ...push, token: { ...token, hop: '1' } }] }, 'changes.0.token.hop'],
    ['commit', { changes: [{ ...push, token: { ...token, priority: 1.5 } }] }, 'changes.0.token.priority'],
    ['commit', { changes: [{ ...push, delayMs: -1 }] }, 'changes.0.delayMs'],
    ['commit', { changes: [{ ...push, enter: 'force' }] }, 'changes.0.enter'],
    [
      'commit',
      { changes: [{ kind: 'remember', ...fence, progress: { fraction: 1.1 } }] },
      'changes.0.progress.fraction',
    ],
    ['commit', { changes: 'all' }, 'changes'],
    ['lease', { queue: 'only', request: { owner: 'me', leaseMs: null, timeoutMs: 1 } }, 'request.leaseMs'],
    ['lease', { queue: 7, request: { owner: 'me', leaseMs: 1, timeoutMs: 1 } }, 'queue'],
    ['list', { queue: 'only', page: { limit: 1_001 } }, 'page.limit'],
    ['get', { queue: 'only', id: 'x'.repeat(1_001) }, 'id'],
    ['declare', { declaration: { workflow: 'w', queues: [{ name: 'q', role: 'king' }] } }, 'role'],
    ['watch', { after: 'yesterday' }, 'after'],
    ['count', [], 'expected object'],
    ['count', null, 'expected object'],
  ])('%s with %j is answered 400, with the place', async (route, payload, where) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await app.inject({
      method: 'POST',
      url: `/open/${route}`,
      headers,
      payload: JSON.stringify(payload),
    })
    expect(answer.statusCode).toBe(400)
    const { code, message, issues } = answer.json()
    expect(code).toBe('invalid')
    expect(message).toMatch(/^The body is not what this route takes: .+\.$/)
    expect(message).toContain(where)
    expect(issues.length).toBeGreaterThan(0)
    expect(await backend.count('only')).toMatchObject([{ ready: 0 }])
  })

  test('what is not JSON is answered 400', async () => {
    const headers = { 'content-type': 'application/json' }
    const answer = await app.inject({ method: 'POST', url: '/open/count', headers, payload: '{"queue":' })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid', message: 'The body is not JSON.' })
  })

  test('what is not UTF-8 is answered 400, and nothing enters under another id', async () => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ changes: [{ ...push, token: { ...token, id: 'Käse' } }] })
    const payload = Buffer.from(body, 'latin1')
    const answer = await app.inject({ method: 'POST', url: '/open/commit', headers, payload })
    expect(answer.statusCode).toBe(400)
    expect(answer.json().message).toContain('The body is not UTF-8')
    expect(await backend.count('only')).toMatchObject([{ ready: 0 }])
  })

  test('what a person decided with is refused where it is long', async () => {
    const decided = { kind: 'take', queue: 'only', id: 'a', event: 'decided' }
    const commit = (fields: unknown) =>
      app.inject({
        method: 'POST',
        url: '/guarded/commit',
        headers: { authorization: 'Bearer right' },
        payload: { changes: [{ ...decided, fields }] },
      })
    expect((await commit({ note: 'x'.repeat(100_000) })).json().message).toContain('changes.0.fields')
    expect((await commit({ note: 'x' })).statusCode).toBe(404)
  })

  test('text that a page of another site could send is answered 415', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const headers = { 'content-type': type }
      const answer = await app.inject({ method: 'POST', url: '/open/count', headers, payload: '{}' })
      expect([answer.statusCode, answer.json().code]).toEqual([415, 'invalid'])
    }
  })

  test('a body that is too long is answered 413', async () => {
    const changes = [{ ...push, value: 'x'.repeat(10_000) }]
    const answer = await app.inject({ method: 'POST', url: '/open/commit', payload: { changes } })
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'invalid'])
  })
})

describe('errors', () => {
  test('each class has its status, and says where it happened', async () => {
    const revive = (queue: string, id: string) => ({ changes: [{ kind: 'revive', queue, id }] })
    const fence = { queue: 'only', id: 'a', hop: 1, lease: 1 }
    const ask = async (payload: object) => {
      const answer = await app.inject({ method: 'POST', url: '/open/commit', payload })
      const { code, queue, id } = answer.json()
      return [answer.statusCode, code, queue, id]
    }
    const token = { id: 'a', hop: 1, frames: [], priority: 0, deploy: 1 }
    await ask({ changes: [{ kind: 'push', queue: 'only', token, value: 1, enter: 'refuse' }] })
    expect(await ask(revive('only', 'b'))).toEqual([404, 'not_found', 'only', 'b'])
    expect(await ask(revive('only', 'a'))).toEqual([409, 'conflict', 'only', 'a'])
    expect(await ask({ changes: [{ kind: 'bury', ...fence }] })).toEqual([409, 'lease_lost', 'only', 'a'])
    await backend.close()
    expect(await ask({ changes: [] })).toEqual([503, 'backend', undefined, undefined])
  })

  test('an unexpected error is a 500 that shows nothing of the inside', async () => {
    const broken: Backend = { ...backend, extend: () => Promise.reject(new Error('postgres://me:pw@db')) }
    const other = fastify()
    await other.register(serveBackend(broken))
    const answer = await other.inject({
      method: 'POST',
      url: '/extend',
      payload: { owner: 'me', fences: [] },
    })
    expect(answer.statusCode).toBe(500)
    expect(answer.json()).toEqual({ code: 'backend', message: 'The server failed; its log says why.' })
    await other.close()
  })

  // Taken out, to see this fail: `unavailable` in `error-answer.ts`.
  test('what a database says of itself goes to the log, and not over the wire', async () => {
    const message = 'The database /srv/queues.db could not be written: disk full.'
    const broken: Backend = { ...backend, extend: () => Promise.reject(new BackendError(message)) }
    const told: unknown[] = []
    const log = {
      debug() {},
      info() {},
      warn() {},
      error: (_: string, fields = {}) => void told.push(fields),
    }
    const other = fastify()
    await other.register(serveBackend(broken, { log }))
    const answer = await other.inject({
      method: 'POST',
      url: '/extend',
      payload: { owner: 'me', fences: [] },
    })
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toEqual({
      code: 'backend',
      message: 'The database cannot do it at the moment; the log of the server says why.',
    })
    expect(told).toMatchObject([{ method: 'POST', route: '/extend', error: message }])
    await other.close()
  })
})

describe('asking for changes', () => {
  const ask = async (position: object) =>
    (await app.inject({ method: 'POST', url: '/open/watch', payload: position })).json()

  test('the first poll of a client is answered at once that anything may have happened', async () => {
    expect(await ask({})).toMatchObject({ queues: null })
  })

  test('what happens between two questions is not missed', async () => {
    notOverHttp('Who listens over HTTP is told once, as that begins, that anything may have happened.')
    const { feed, after } = await ask({})
    await backend.commit([{ kind: 'gate', name: 'only', closed: false }])
    expect(await ask({ feed, after })).toMatchObject({ feed, queues: ['only'] })
  })

  test('a question waits until something happens', async () => {
    notOverHttp('Who listens over HTTP is told once, as that begins, that anything may have happened.')
    const asked = ask(await ask({}))
    expect(await Promise.race([asked, new Promise((resolve) => setImmediate(resolve, 'waits'))])).toBe(
      'waits',
    )
    await backend.commit([{ kind: 'gate', name: 'only', closed: false }])
    expect(await asked).toMatchObject({ queues: ['only'] })
  })

  test('a poll with the feed of an earlier server is answered that anything may have happened', async () => {
    const { after } = await ask({})
    expect(await ask({ feed: 'earlier', after })).toMatchObject({ queues: null })
  })

  test('a server that closes answers those who wait', async () => {
    const asked = ask(await ask({}))
    await new Promise((resolve) => setImmediate(resolve))
    await app.close()
    expect(await asked).toMatchObject({ queues: [] })
  })
})
