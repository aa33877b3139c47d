import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openGrin as openClient } from '../../../../workflows/books/grin/grin.ts'
import { loginWith } from '../../../../workflows/books/grin/login.ts'
import { openGrin } from '../fake-grin/open-grin.ts'
import { scratchFolder } from '../scratch.ts'
import { all, clientOf } from './client.ts'

const nth = (n: number) => `3210190000000${n}`
const first = nth(0)
const books = { sample: false, made: { count: 3 }, converted: 1 }

it('logs in, and once more when the login has expired, whether GRIN says so or sends it to log in', async () => {
  const fake = await openGrin({ books, auth: {} })
  const { grin, asking, passed } = clientOf(fake)
  await grin.look(first, asking)
  expect(passed()).toBe(1)
  fake.admin.expireLogins()
  await grin.look(first, asking)
  expect(passed()).toBe(3)
  fake.admin.inject({ fault: 'http-401', times: 1 })
  await grin.look(first, asking)
  expect(passed()).toBe(5)
  fake.admin.inject({ fault: 'login', times: 2 })
  await expect(grin.look(first, asking)).rejects.toMatchObject({
    closeGate: { name: 'grin', reason: 'GRIN does not take the login; log in again.' },
  })
})

it('makes one access token for all that find the old one expired', async () => {
  const fake = await openGrin({ books, auth: {} })
  const { grin, asking } = clientOf(fake)
  await grin.look(first, asking)
  fake.admin.expireLogins()
  await Promise.all(Array.from({ length: 20 }, () => grin.look(first, asking)))
  expect(fake.admin.expireLogins()).toBe(1)
})

it('follows any other redirect with the login', async () => {
  const fake = await openGrin({ books, auth: {}, faults: [{ fault: 'redirect', times: 1 }] })
  const { grin, asking, passed } = clientOf(fake)
  expect(await grin.look(first, asking)).toBeDefined()
  expect(passed()).toBe(2)
})

it('closes the gate where this login has no right to the directory', async () => {
  const fake = await openGrin({ books, faults: [{ fault: 'http-403' }] })
  const { grin, asking } = clientOf(fake)
  await expect(grin.look(first, asking)).rejects.toMatchObject({
    closeGate: { name: 'grin', forMs: 300_000, reason: /no right to the directory PRNC/ },
  })
})

it.each([
  [429, { 'retry-after': '7' }, 7000],
  [429, {}, 60_000],
  [503, { 'retry-after': '120' }, 120_000],
] as const)('closes the gate for as long as an answer %i asks for', async (status, headers, forMs) => {
  const { grin, asking } = await answering(status, headers, 'later')
  await expect(grin.look(first, asking)).rejects.toMatchObject({ closeGate: { name: 'grin', forMs } })
})

it('shows what it does not understand, cut at 4 KB, and does not try it again', async () => {
  const page = `<html>${'x'.repeat(10_000)}</html>`
  const { grin, asking } = await answering(200, {}, page)
  const unknown = { code: 'UnknownAnswer', retry: false, detail: page.slice(0, 4096) }
  await expect(all(grin.rows('all_books', asking))).rejects.toMatchObject(unknown)
  await expect(grin.request(first, asking)).rejects.toMatchObject(unknown)
  await expect(all(grin.search([first], asking))).rejects.toMatchObject(unknown)
  const teapot = await answering(418, {}, 'I am a teapot')
  await expect(teapot.grin.look(first, teapot.asking)).rejects.toMatchObject({
    code: 'UnknownAnswer',
    actual: 418,
  })
})

it('takes no answer for whole that was cut short', async () => {
  const header = 'Barcode\tState\n32101900000000\tNEW\n'
  const { grin, asking } = await answering(200, { 'content-length': '1000' }, header)
  const cut = { code: 'GRINError', detail: 'the answer was cut short' }
  await expect(all(grin.search([first, nth(1)], asking))).rejects.toMatchObject(cut)
  await expect(all(grin.rows('all_books', asking))).rejects.toMatchObject(cut)
  await expect(all(grin.pagedRows('all_books', asking))).rejects.toMatchObject(cut)
  await expect(grin.request(first, asking)).rejects.toMatchObject(cut)
})

it('reads credentials that only their owner can read, and quotes nothing of them', async () => {
  const file = join(scratchFolder(), 'credentials.json')
  writeFileSync(file, '{"refresh_token": "hush"}', { mode: 0o600 })
  const refused = await loginWith(file).token().catch(String)
  expect(refused).toMatch(/, are no JSON object with client_id, client_secret and refresh_token\.$/)
  expect(refused).not.toContain('hush')
  chmodSync(file, 0o644)
  await expect(loginWith(file).token()).rejects.toThrow(/ can be read by others; run: chmod 600 /)
  await expect(loginWith(join(file, 'x')).token()).rejects.toThrow(/, cannot be read \(ENOTDIR\)\.$/)
})

it('sends its login to no stranger', async () => {
  const seen: (string | undefined)[] = []
  const stranger = createServer((request, response) => {
    seen.push(request.headers.authorization)
    response.end()
  }).listen(0, 'localhost')
  onTestFinished(() => void stranger.close())
  await new Promise((resolve) => stranger.once('listening', resolve))
  const { port } = stranger.address() as AddressInfo
  const { grin, asking } = await answering(302, { location: `http://localhost:${port}/` }, '')
  await grin.look(first, asking).catch(() => {})
  expect(seen).toEqual([undefined])
})

it('tells an outage from the trouble of one book', async () => {
  const fake = await openGrin({ books, faults: [{ fault: 'http-503', of: first }] })
  const { grin, asking } = clientOf(fake)
  expect(await grin.answers(asking)).toBe(true)
  fake.admin.setOutage(true)
  expect(await grin.answers(asking)).toBe(false)
  await fake.close()
  expect(await grin.answers(asking)).toBe(false)
  await expect(grin.look(first, asking)).rejects.toMatchObject({
    code: 'GRINError',
    message: /gave no answer/,
    detail: 'ECONNREFUSED',
  })
})

it('asks for conversions, and understands what GRIN says to that', async () => {
  const fake = await openGrin({
    books,
    queueLimit: 1,
    faults: [{ fault: 'unknown-status', of: '32101900000002' }],
  })
  const { grin, asking } = clientOf(fake)
  expect(await grin.request('32101900000001', asking)).toEqual({ kind: 'queued' })
  expect(await grin.request('32101900000001', asking)).toEqual({ kind: 'already queued' })
  expect(await grin.request(first, asking)).toEqual({ kind: 'available' })
  await expect(grin.request('32101900000002', asking)).rejects.toMatchObject({ name: 'QueueFull' })
  fake.admin.advance(15 * 86_400_000)
  expect(await grin.request('32101900000002', asking)).toMatchObject({ kind: 'refused' })
})

/** The client of a server that answers everything alike. */
async function answering(status: number, headers: Record<string, string>, body: string) {
  const server = createServer((_, response) => {
    response.writeHead(status, headers)
    // One that promises more than it has ends there.
    if (headers['content-length']) response.write(body, () => response.destroy())
    else response.end(body)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const login = { token: async () => 'secret', renew: async () => 'secret' }
  const grin = openClient({ base: `http://127.0.0.1:${port}`, directory: 'PRNC', login })
  return { grin, asking: { signal: new AbortController().signal, pass: async () => {} } }
}
