import { expect, test } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, moving, newPath, openShop, request } from './fixture.ts'

test('how old the oldest message of a queue is needs a look at few, however many there are', async () => {
  const path = await newPath()
  const shop = await openShop(path, { clock: new FakeClock() })
  await shop.commit(Array.from({ length: 20 }, (_, n) => entering(`t${n}`)))
  const db = openDatabase(path, { readonly: true })
  const plan = db
    .prepare<[], { detail: string }>(
      `explain query plan select oldest_ms from queues where name = 'shop/first'`,
    )
    .all()
    .map(({ detail }) => detail)
  db.close()
  expect(plan.join('\n')).toMatch(/SEARCH pw_tokens USING (COVERING )?INDEX pw_since/)
  expect(plan.join('\n')).not.toMatch(/SCAN pw_tokens(?! USING)/)
})

test('the oldest is found in each status: ready, leased, delayed or dead', async () => {
  const clock = new FakeClock()
  const shop = await openShop(await newPath(), { clock })
  const [count] = await shop.count('shop/first')
  expect(count).not.toHaveProperty('oldestAt')
  const times: number[] = []
  for (const id of ['leased', 'dead', 'ready']) {
    times.push(clock.now())
    await shop.commit([entering(id)])
    await clock.advance(1000)
  }
  await shop.commit([entering('delayed', { delayMs: 60_000 })])
  const [leased] = await shop.lease('shop/first', { ...request, ids: ['leased'] })
  const [dead] = await shop.lease('shop/first', { ...request, ids: ['dead'] })
  const oldest = async () => (await shop.count('shop/first'))[0]!.oldestAt
  expect(await oldest()).toBe(times[0])
  await shop.commit(moving(leased!, 'shop/first', 'shop/second'))
  expect(await oldest()).toBe(times[1])
  const { id, hop, lease } = dead!
  await shop.commit([{ kind: 'bury', queue: 'shop/first', id, hop, lease }])
  expect(await oldest()).toBe(times[1])
  await shop.commit([{ kind: 'take', event: 'cancelled', queue: 'shop/first', id: 'dead' }])
  expect(await oldest()).toBe(times[2])
  // What came to another queue later is younger there, however long it has been on its way.
  expect((await shop.count('shop/second'))[0]!.oldestAt).toBe(clock.now())
})
