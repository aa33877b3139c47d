import { request } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { http } from '../../src/backends/http.ts'
import { makeReviews, serveBackend, serveReviews } from '../../src/serve/index.ts'
import { openUsual } from '../on/open.ts'
import { Scan, serveScans } from './rig.ts'

/** Asks with headers that `fetch` would not send. */
function askAs(
  port: number,
  headers: Record<string, string>,
  { host = '127.0.0.1', method = 'GET' } = {},
): Promise<{ status: number; code: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({ host, port, method, path: '/reviews', headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => (text += part))
      response.on('end', () => resolve({ status: response.statusCode!, code: JSON.parse(text).code }))
    })
    asking.on('error', reject).end()
  })
}

it('listens by default on loopback, and on nothing else without a token', async () => {
  const { server, queues, artifacts } = await serveScans()
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  for (const host of [
    '0.0.0.0',
    '::',
    '',
    '192.0.2.1',
    'reviews.example.org',
    '127.0.0.1.example.org',
    '0',
  ]) {
    const refused = expect(serveReviews({ queues, artifacts, host }), host).rejects
    await refused.toThrow(
      `Listening on "${host}" lets other machines in, so it needs a token: give one, or listen on 127.0.0.1.`,
    )
  }
})

it('takes for a token only a text that a request can carry', async () => {
  const { backend, queues, artifacts } = await serveScans()
  for (const token of ['', ' a', 'a ', 'a\n', 'a\tb', '\u20ac', 5, null] as string[]) {
    await expect(makeReviews({ queues, artifacts, token }), token).rejects.toThrow(
      'The token of a review API',
    )
    expect(() => serveBackend(backend, { token }), token).toThrow('The token of a served backend')
  }
  for (const token of ['a', 'a b', '\u00fc~']) {
    const { ask } = await serveScans({ token })
    const authorization = `Bearer ${token}`
    expect((await ask('GET', '/reviews', undefined, { authorization })).status, token).toBe(200)
  }
})

it('listens everywhere with a token, and lets in only who has it', async () => {
  const { ask, server } = await serveScans({ host: '0.0.0.0', token: 'a b c' })
  const status = async (authorization?: string) =>
    (await ask('GET', '/reviews', undefined, authorization === undefined ? {} : { authorization })).status
  expect(await status('Bearer a b c')).toBe(200)
  for (const wrong of ['Bearer a b', 'Bearer a b c d', 'Basic a b c', 'a b c', 'Bearer', '']) {
    expect(await status(wrong), wrong).toBe(401)
  }
  const refused = await ask('GET', '/reviews')
  expect(refused).toMatchObject({ status: 401, body: { code: 'unauthorized' } })
  expect(refused.headers.get('www-authenticate')).toBe('Bearer')
  expect(JSON.stringify(refused.body)).not.toContain('a b c')
  expect((await ask('POST', '/tokens', { id: 's1', value: Scan({ page: '1' }) })).status).toBe(401)
  expect((await ask('GET', '/nothing')).status).toBe(401)
  expect(await askAs(server.port, { authorization: 'Bearer a b c' }, { host: '127.0.0.2' })).toMatchObject({
    status: 200,
  })
})

it('shows its health and its docs without the token', async () => {
  const { ask } = await serveScans({ token: 'secret' })
  for (const path of ['/health', '/openapi.json', '/docs', '/docs/static/swagger-ui.css']) {
    expect((await ask('GET', path)).status, path).toBe(200)
  }
  expect((await ask('GET', '/docs/..%2freviews')).status).toBe(401)
  expect((await ask('GET', '/docs/nothing')).status).toBe(401)
})

it('answers only to its own names', async () => {
  const { server } = await serveScans({ token: 'secret', hosts: ['Reviews.example.org'] })
  const { port } = server
  const authorization = 'Bearer secret'
  for (const host of [
    `127.0.0.1:${port}`,
    'localhost',
    `[::1]:${port}`,
    'reviews.example.org',
    `REVIEWS.example.org:443`,
  ]) {
    expect(await askAs(port, { host, authorization }), host).toMatchObject({ status: 200 })
  }
  for (const host of [
    'evil.example',
    `127.0.0.1.evil.example`,
    'localhost.evil.example',
    '10.1.2.3',
    'a b',
    '@',
    '[',
    '127.0.0.1@evil.example',
  ]) {
    expect(await askAs(port, { host, authorization }), host).toMatchObject({ status: 403, code: 'forbidden' })
  }
})

it('answers pages of its own origin only', async () => {
  const { server } = await serveScans()
  const { port } = server
  const host = `127.0.0.1:${port}`
  for (const origin of [`http://${host}`, `https://${host}`]) {
    expect(await askAs(port, { host, origin }), origin).toMatchObject({ status: 200 })
  }
  for (const origin of [
    'null',
    'http://evil.example',
    'http://127.0.0.1:1',
    'http://127.0.0.1',
    'file://',
    '',
  ]) {
    expect(await askAs(port, { host, origin }), origin).toMatchObject({ status: 403, code: 'forbidden' })
  }
})

it('answers to the name of a proxy only those who have a token', async () => {
  const { queues, artifacts } = await serveScans({ hosts: ['localhost', '::1'] })
  await expect(makeReviews({ queues, artifacts, hosts: ['reviews.example.org'] })).rejects.toThrow(
    'Answering to "reviews.example.org" lets others than this machine in, so it needs a token: give one.',
  )
  for (const host of [
    '',
    'a b',
    'https://x.example',
    'x.example:8443',
    'x.example/reviews',
    'me@x.example',
  ]) {
    const making = makeReviews({ queues, artifacts, token: 'secret', hosts: [host] })
    await expect(making, host).rejects.toThrow(`"${host}" in \`hosts\` is no name`)
  }
})

it('answers pages of the given origins, also when their browser asks first', async () => {
  const origin = 'https://desk.example.org'
  const { ask } = await serveScans({ token: 'secret', origins: [origin] })
  const preflight = { origin, 'access-control-request-method': 'POST' }
  const asked = await ask('OPTIONS', '/reviews/look/tasks/b1/decide', undefined, preflight)
  expect(asked.status).toBe(204)
  expect(Object.fromEntries(asked.headers)).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, HEAD, POST, PATCH',
    'access-control-allow-headers': 'authorization, content-type',
    vary: 'origin',
  })
  for (const [authorization, status] of [
    ['Bearer secret', 200],
    ['Bearer wrong', 401],
  ] as const) {
    const answer = await ask('GET', '/reviews', undefined, { origin, authorization })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false)
  }
  for (const other of ['https://desk.example.org:8443', 'http://desk.example.org', 'https://evil.example']) {
    const answer = await ask('OPTIONS', '/reviews', undefined, { ...preflight, origin: other })
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect(answer.headers.has('access-control-allow-origin')).toBe(false)
  }
})

it('answers the first question of a browser only under its own name', async () => {
  const origin = 'https://desk.example.org'
  const { server } = await serveScans({ origins: [origin] })
  const headers = { host: 'evil.example', origin, 'access-control-request-method': 'POST' }
  expect(await askAs(server.port, headers, { method: 'OPTIONS' })).toMatchObject({ status: 403 })
})

it('takes for an origin only what a browser sends as one', async () => {
  const { queues, artifacts } = await serveScans({ origins: ['http://localhost:3000'] })
  for (const origin of [
    '*',
    'null',
    '',
    'desk.example.org',
    'https://desk.example.org/',
    'file:///x',
    'https://X.example',
  ]) {
    const making = makeReviews({ queues, artifacts, origins: [origin] })
    await expect(making, origin).rejects.toThrow(`"${origin}" in \`origins\` is no origin`)
  }
})

it('says why it cannot listen', async () => {
  const { server, queues, artifacts } = await serveScans()
  const { port } = server
  await expect(serveReviews({ queues, artifacts, port })).rejects.toThrow(
    'another process listens there; take another port (--port, or `serve.port`)',
  )
  const backend = await openUsual()
  await expect(serveReviews({ queues, artifacts, host: '192.0.2.1', token: 'x' })).rejects.toThrow(
    'no such address',
  )
  await backend.close()
})

it('can stand beside the backend itself on one port', async () => {
  const { queues, artifacts, backend } = await serveScans()
  const app = await makeReviews({ queues, artifacts, token: 'secret' })
  await app.register(serveBackend(backend, { token: 'secret' }), { prefix: '/backend' })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => app.close())
  const far = http(`${url}/backend`, { token: 'secret' })
  await queues.input.push('s1', Scan({ page: '1' }))
  expect(await far.get('scans/sharpen', 's1')).toMatchObject({ id: 's1', hop: 1 })
  await expect(http(`${url}/backend`, { token: 'wrong' }).get('scans/sharpen', 's1')).rejects.toThrow()
  await far.close()
})
