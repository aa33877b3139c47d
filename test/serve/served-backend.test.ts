import { expect, it, onTestFinished } from 'vitest'
import type { HttpOptions } from '../../src/backends/http/http-options.ts'
import { http } from '../../src/backends/http.ts'
import { type ServeReviewsOptions, serveReviews } from '../../src/serve/index.ts'
import { authority, client, server } from './certificates.ts'
import { serveScans } from './rig.ts'

const worker = { name: 'gpu', token: 'gpu-token', may: { work: ['scans/sharpen'] } } as const
const leasing = { owner: 'me', leaseMs: 9_999, timeoutMs: 9_999 }

/** A backend that is reached through the review API. */
function reach(url: string, options: HttpOptions) {
  const backend = http(`${url}/backend`, options)
  onTestFinished(() => backend.close())
  return backend
}

it('is reached beside the desks, by its own tokens only', async () => {
  const { server, ask } = await serveScans({ token: 'desk-token', backend: { tokens: [worker] } })
  const backend = reach(server.url, { token: 'gpu-token' })
  expect(await backend.lease('scans/sharpen', leasing)).toEqual([])
  await expect(backend.lease('scans/look', leasing)).rejects.toThrow(
    'The token "gpu" has not the right "work" in "scans/look".',
  )
  await expect(reach(server.url, { token: 'desk-token' }).count()).rejects.toThrow(
    'The token is missing or wrong',
  )
  const asDesk = await fetch(`${server.url}/reviews`, { headers: { authorization: 'Bearer gpu-token' } })
  expect(asDesk.status).toBe(401)
  const desk = { authorization: 'Bearer desk-token' }
  expect((await ask('GET', '/reviews', undefined, desk)).status).toBe(200)
  // In batches and compressed too.
  const both = [backend.lease('scans/sharpen', leasing), backend.lease('scans/sharpen', leasing)]
  expect(await Promise.all(both)).toEqual([[], []])
})

it('is not there without tokens', async () => {
  const { server } = await serveScans()
  await expect(reach(server.url, {}).count()).rejects.toMatchObject({ code: 'not_found' })
})

const refused: readonly (readonly [string, Partial<ServeReviewsOptions>, string])[] = [
  ['no tokens', { backend: { tokens: [] } }, '`tokens` is a list of at least one token.'],
  [
    'a strange right',
    { backend: { tokens: [{ token: 'x', may: { wrk: true } as never }] } },
    'Did you mean "work"?',
  ],
  ['a strange key', { backend: { token: 'x' } as never }, '`backend` has "token", which nothing reads.'],
  [
    'the path of a certificate',
    { tls: { cert: '/etc/cert.pem', key: 'x' } },
    'give what the file has, and not its path',
  ],
  [
    'the key of another certificate',
    { tls: { cert: server.cert, key: client.key } },
    '`tls` cannot be used: ERR_OSSL_X509_KEY_VALUES_MISMATCH.',
  ],
]

it.each(refused)('%s is refused before it listens', async (_what, options, sentence) => {
  const { queues, artifacts } = await serveScans()
  await expect(serveReviews({ queues, artifacts, ...options })).rejects.toThrow(sentence)
})

it('speaks TLS by given certificates, to clients that trust them', async () => {
  const { server: listening } = await serveScans({ backend: { tokens: [worker] }, tls: server })
  expect(listening.url).toMatch(/^https:/)
  const trusting = reach(listening.url, { token: 'gpu-token', tls: { ca: authority } })
  expect(await trusting.lease('scans/sharpen', leasing)).toEqual([])
  const stranger = reach(listening.url, { token: 'gpu-token' })
  await expect(stranger.count()).rejects.toThrow(/did not answer: .*certificate/)
})

it('with an authority for clients only those with a certificate of it are let in', async () => {
  const tls = { ...server, ca: authority }
  const { server: listening } = await serveScans({ backend: { tokens: [worker] }, tls })
  const known = reach(listening.url, { token: 'gpu-token', tls: { ca: authority, ...client } })
  expect(await known.lease('scans/sharpen', leasing)).toEqual([])
  const unknown = reach(listening.url, { token: 'gpu-token', tls: { ca: authority } })
  await expect(unknown.lease('scans/sharpen', leasing)).rejects.toMatchObject({ code: 'backend' })
})

it.each([
  ['http://127.0.0.1:1', { tls: { ca: authority } }],
  ['https://127.0.0.1:1', { tls: { ca: authority }, fetch }],
])('certificates for %s are a mistake there', (url, options) => {
  expect(() => http(url, options)).toThrow('`tls` is for an https:// URL, and without `fetch`')
})
