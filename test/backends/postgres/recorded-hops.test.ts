import { expect, test } from 'vitest'
import type { Put } from '../../../src/queue/change.ts'
import type { Leased } from '../../../src/queue/rows.ts'
import { openSchema } from '../../postgres/schemas.ts'
import { entering, moving } from './press-shop.ts'

/** Without gates, so that its hops are plain. */
const shop = {
  workflow: 'shop',
  fingerprint: 'v1',
  queues: [
    { name: 'first', role: 'stage' },
    { name: 'second', role: 'stage' },
  ],
} as const

async function open() {
  const { backend } = await openSchema()
  await backend.declare(shop)
  const lease = async (count: number): Promise<readonly Leased[]> => {
    for (let n = 0; n < count; n++) await backend.commit([entering(`t${n}`)])
    return backend.lease('first', { owner: 'ann', leaseMs: 60_000, timeoutMs: 60_000, limit: count })
  }
  const commit = (leased: Leased, key: string) =>
    backend.commit([...moving(leased, 'first', 'second'), saying(key)])
  const second = async () => (await backend.count('second'))[0]!.ready
  return { backend, lease, commit, second }
}

function saying(key: string): Put {
  return { kind: 'put', workflow: 'pipewright/http', key, forMs: 60_000, repeat: true }
}

const done = { repeated: false, skipped: [] }

test('a hop that says that it has happened happens once, whenever it is committed again', async () => {
  const { lease, commit, second } = await open()
  const all = await lease(3)
  const [a, b] = all
  expect(await Promise.all([commit(a!, 'a'), commit(b!, 'b')])).toEqual([done, done])
  const again = { repeated: true, record: 'a', skipped: [] }
  expect(await Promise.all([commit(a!, 'a'), commit(all[2]!, 'c')])).toMatchObject([again, done])
  expect(await commit(a!, 'a')).toMatchObject(again)
  expect(await second()).toBe(3)
})

test('of two hops that say the same only one happens', async () => {
  const { lease, commit, second } = await open()
  const [a, b, c, d] = await lease(4)
  const both = await Promise.all([commit(a!, 'same'), commit(b!, 'same')])
  expect(both.map(({ repeated }) => repeated).sort()).toEqual([false, true])
  expect(await commit(c!, 'same')).toMatchObject({ repeated: true })
  expect(await commit(d!, 'other')).toEqual(done)
  expect(await second()).toBe(2)
})

test('one whose lease is gone is refused, and leaves no record', async () => {
  const { backend, lease, commit } = await open()
  const [a] = await lease(1)
  await expect(commit({ ...a!, lease: 7 }, 'late')).rejects.toMatchObject({ code: 'lease_lost' })
  expect(await commit(a!, 'late')).toEqual(done)
  const { records } = await backend.records({ workflow: 'pipewright/http' })
  expect(records.map(({ key }) => key)).toEqual(['late'])
})
