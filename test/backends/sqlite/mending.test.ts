import { expect, onTestFinished, test } from 'vitest'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { longestDelayMs } from '../../../src/queue/delay.ts'
import { HeldLeases } from '../../../src/queue/held-leases.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, newPath, openShop, request, until } from './fixture.ts'

// Seen to fail: with rows that are buried when they are due in more than `longestDelayMs`.
test('what was put off for a century is no broken row, also when the clock has been set back since', async () => {
  const path = await newPath()
  const clock = new FakeClock()
  const warnings: string[] = []
  const shop = await openShop(path, { clock })
  await shop.commit([entering('parked', { delayMs: longestDelayMs })])
  clock.jump(-longestDelayMs / 2)
  // Declaring looks through the first rows of each queue.
  const again = await openShop(path, { clock, onWarning: (message) => warnings.push(message) })
  expect(await again.get('shop/first', 'parked')).toMatchObject({ status: 'delayed' })
  expect(warnings).toEqual([])
})

// Seen to fail: without `mender.open`.
test('after a reboot a file that is only opened gives back what was leased before', async () => {
  const path = await newPath()
  const before = new FakeClock()
  before.stall(30 * 86_400_000)
  const shop = await openShop(path, { clock: before })
  await shop.commit([entering('a')])
  await shop.lease('shop/first', request)
  await shop.close()
  const clock = new FakeClock()
  const again = await sqlite(path, { clock })
  onTestFinished(() => again.close())
  await clock.advance(0)
  await until(
    async () => (await again.get('shop/first', 'a'))?.status === 'ready',
    'the void lease was ended',
  )
})

// Seen to fail: `lost` was called at each look.
test('the loss of a lease is reported once', () => {
  const leases = new HeldLeases()
  let told = 0
  const place = leases.add({ token: 1, hop: 1, lease: 1 }, () => told++)
  leases.reportLost([[place, 1]])
  leases.reportLost([[place, 1]])
  expect(told).toBe(1)
})
