import { expect, test } from 'vitest'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, newPath, openShop, request, until, workflow } from './fixture.ts'

const counted = (queue: string) => `select ready, leased, delayed from queues where name = '${queue}'`

// Seen to fail: without `claims.expect` in a lease, and without it in a declaration.
test('a claim that is over is over in the views and in the history too, without another claim', async () => {
  const path = await newPath()
  const clock = new FakeClock()
  const shop = await openShop(path, { clock })
  await shop.commit(['a', 'b'].map((id) => entering(id, { queue: 'shop/desk' })))
  const claim = { owner: 'person:ann', timeoutMs: 60_000 }
  const { rows: before } = await shop.query(counted('shop/desk'))
  expect(before).toEqual([[2, 0, 0]])
  await shop.lease('shop/desk', { ...claim, leaseMs: 1000, ids: ['a'] })
  await shop.lease('shop/desk', { ...claim, leaseMs: 5000, ids: ['b'] })
  const isShown = async (...counts: number[]) => {
    const { rows } = await shop.query(counted('shop/desk'))
    return JSON.stringify(rows) === JSON.stringify([counts])
  }
  await clock.advance(1000)
  await until(() => isShown(1, 1, 0), 'the first claim has ended')
  expect((await shop.journey(workflow, 'a'))?.lines.at(-1)).toMatchObject({ event: 'expired', actor: 'ann' })
  await shop.close()
  // Another process, which has not given the claim.
  const again = await openShop(path, { clock })
  await clock.advance(0)
  await clock.advance(4000)
  const isOver = async () => (await again.query(counted('shop/desk'))).rows[0]![0] === 2
  await until(isOver, 'the second claim has ended')
})

// Seen to fail: without `someStale` in the mender's round.
test('what has been ready for long is so in the views too, where no worker leases', async () => {
  const clock = new FakeClock()
  const shop = await openShop(await newPath(), { clock })
  await shop.commit([entering('a'), entering('b'), entering('due', { delayMs: 10_000 })])
  await shop.lease('shop/first', { ...request, limit: 2 })
  await shop.commit([{ kind: 'gate', name: 'shop/first', closed: true }])
  await until(async () => {
    await clock.advance(30_000)
    return (await shop.query(counted('shop/first'))).rows.flat().join() === '3,0,0'
  }, 'a round of the mender')
  expect((await shop.journey(workflow, 'b'))?.lines.at(-1)).toMatchObject({ event: 'expired', attempt: 1 })
})
