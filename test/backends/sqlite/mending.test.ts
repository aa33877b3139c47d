import { expect, test } from 'vitest'
import { longestDelayMs } from '../../../src/queue/delay.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, newPath, openShop } from './fixture.ts'

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
