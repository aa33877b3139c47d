import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Keeper } from '../../../src/backends/http/keeper/keeper.ts'
import { http } from '../../../src/backends/http.ts'
import type { Backend } from '../../../src/queue/backend.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { builtFile } from '../../built.ts'
import { authority, client } from '../../serve/certificates.ts'

// Not what can be divided by three.
const leaseMs = 700
const owner = 'w'
const request = { owner, leaseMs, timeoutMs: 600_000 }
const token = 'of-the-test'
const queue = 'shop/main'

/** A backend over HTTP whose server is another process, so that it answers while the event loop of this one is busy. */
async function openShop(how: 'plain' | 'tls' = 'plain'): Promise<Backend> {
  const child = fork(builtFile('test/backends/http/served-process.ts'), [how, token], { execArgv: [] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [url] = (await once(child, 'message')) as [string]
  const backend = http(url, { token, ...(how === 'tls' && { tls: { ...client, ca: authority } }) })
  onTestFinished(() => backend.close())
  await backend.declare({ workflow: 'shop', fingerprint: '', queues: [{ name: queue, role: 'stage' }] })
  return backend
}

/** A message in `shop` that is leased, and its fence. */
async function leaseOne(shop: Backend, id: string) {
  const entering = { id, hop: 0, frames: [], priority: 0, deploy: 1 }
  await shop.commit([{ kind: 'push', queue, token: entering, value: id, enter: 'refuse' }])
  const [row] = await shop.lease(queue, { ...request, ids: [id] })
  return { queue, id, hop: row!.hop, lease: row!.lease }
}

/** Keeps the event loop busy. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

test.each(['plain', 'tls'] as const)(
  'leases last while the event loop is busy, until they are dropped (%s)',
  async (how) => {
    const shop = await openShop(how)
    const fences = [await leaseOne(shop, 'a'), await leaseOne(shop, 'b')]
    const drops = fences.map((fence) => shop.keep!(fence, leaseMs, () => {}, owner))
    // The thread is told of them after this turn.
    await Promise.resolve()
    block(5 * leaseMs)
    for (const { id, hop, lease } of fences)
      expect(await shop.get(queue, id)).toMatchObject({ hop, lease, status: 'leased' })
    drops[0]!()
    await vi.waitFor(
      async () => expect(await shop.lease(queue, request)).toMatchObject([{ id: 'a', suspect: true }]),
      10_000,
    )
    expect(await shop.get(queue, 'b')).toMatchObject({ lease: fences[1]!.lease, status: 'leased' })
  },
)

test('the thread finds which lease is gone, and of whom', async () => {
  const shop = await openShop()
  const [a, b] = [await leaseOne(shop, 'a'), await leaseOne(shop, 'b')]
  const lost: string[] = []
  for (const fence of [a, b]) shop.keep!(fence, leaseMs, () => void lost.push(fence.id), owner)
  // One that another owner has, as this process is told, is not to be renewed for it.
  const c = await leaseOne(shop, 'c')
  shop.keep!(c, leaseMs, () => void lost.push('c'), 'another')
  await shop.commit([{ kind: 'pop', event: 'moved', ...a }])
  await vi.waitFor(() => expect(lost.toSorted()).toEqual(['a', 'c']), 10_000)
})

test('where the thread does not reach the server, leases are renewed from the event loop, and one sentence says so', async () => {
  const shop = await openShop()
  const [a, b] = [await leaseOne(shop, 'a'), await leaseOne(shop, 'b')]
  const warnings: string[] = []
  const lost: string[] = []
  const keeper = new Keeper({
    reach: { url: 'http://127.0.0.1:9/extend', headers: {}, tls: undefined },
    extend: async (by, fences) => (await shop.extend(by, fences)).held,
    warn: (message) => void warnings.push(message),
  })
  onTestFinished(() => keeper.close())
  for (const fence of [a, b]) keeper.keep({ fence, owner }, leaseMs, () => void lost.push(fence.id))
  const renewed = vi.spyOn(shop, 'extend')
  await vi.waitFor(() => expect(renewed.mock.calls.length).toBeGreaterThan(12), 20_000)
  expect(await shop.get(queue, 'b')).toMatchObject({ lease: b.lease, status: 'leased' })
  await shop.commit([{ kind: 'pop', event: 'moved', ...a }])
  await vi.waitFor(() => expect(lost).toEqual(['a']), 10_000)
  expect(warnings).toEqual([
    expect.stringMatching(
      /^The thread that renews leases has failed, so that they are renewed from the event loop: .*ECONNREFUSED/,
    ),
  ])
})

test('with a clock or a `fetch` of the caller leases are renewed by who holds them', async () => {
  const clock = new FakeClock()
  for (const options of [{ clock }, { fetch }]) {
    const backend = http('http://127.0.0.1:9', options)
    expect(backend.keep).toBeUndefined()
    await backend.close()
  }
  const backend = http('http://127.0.0.1:9')
  expect(backend.keep).toBeDefined()
  await backend.close()
})
