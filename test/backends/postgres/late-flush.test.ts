import pg from 'pg'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { postgres } from '../../../src/backends/postgres/postgres.ts'
import { startServer } from '../../postgres/server.ts'
import { entering, moving, shop } from './press-shop.ts'

vi.setConfig({ testTimeout: 240_000 })
const closes: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close()
})

/** A server that answers a COMMIT before it is on the disk, and writes it there seldom. */
async function lateServer() {
  const server = await startServer({ settings: ['synchronous_commit=off', 'wal_writer_delay=10s'] })
  onTestFinished(() => server.stop())
  const open = async () => {
    const backend = await postgres(server.url)
    closes.push(() => backend.close())
    return backend
  }
  const crash = async () => {
    await server.crash()
    await server.startAgain()
  }
  return { url: server.url, open, crash }
}

const term = { owner: 'ann', leaseMs: 60_000, timeoutMs: 60_000 }

test('what was answered is there after a crash, also where the server is set to answer before it flushes', async () => {
  const { open, crash } = await lateServer()
  const backend = await open()
  await backend.declare(shop)
  await backend.commit([entering('a')])
  await crash()
  const [leased] = await backend.lease('first', term)
  await crash()
  await backend.commit(moving(leased!, 'first', 'second'))
  await crash()
  expect((await backend.get('second', 'a'))?.hop).toBe(leased!.hop + 1)
  const [again] = await backend.lease('second', term)
  await crash()
  expect(await backend.get('second', 'a')).toMatchObject({ status: 'leased', lease: again!.lease })
})

test('a process that has opened the database just before a crash has its number for itself', async () => {
  const { open, crash } = await lateServer()
  await (await open()).declare(shop)
  const early = await open()
  await crash()
  const late = await open()
  for (let n = 0; n < 5; n++) {
    await early.commit([entering(`early-${n}`)])
    await late.commit([entering(`late-${n}`)])
  }
  expect((await early.count('first'))[0]).toMatchObject({ ready: 10 })
})

test('a hop moves the token that it names, also where its number has become that of another', async () => {
  const { url, open } = await lateServer()
  const backend = await open()
  await backend.declare(shop)
  await backend.commit([entering('a')])
  const [leased] = await backend.lease('first', term)
  const client = new pg.Client(url)
  await client.connect()
  closes.push(() => client.end())
  // As if the server had forgotten the token, and another had come.
  await client.query(`update pipewright.pw_tokens set id = 'b'; update pipewright.pw_ids set id = 'b'`)
  await expect(backend.commit(moving(leased!, 'first', 'second'))).rejects.toMatchObject({
    code: 'lease_lost',
  })
  expect(await backend.get('first', 'b')).toMatchObject({ status: 'leased' })
})
