import { expect, test } from 'vitest'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, newPath, openShop, until } from './fixture.ts'

// How this was seen to fail: with `#refresh` in `watchers.ts` asking for what is due after now, instead of after what
// has been told of, a message that is due within 20 ms is told of by the slow poll alone.
test('what another connection delays is told of when it is due, however soon that is', async () => {
  const path = await newPath()
  const [ours, theirs] = [await openShop(path), await openShop(path)]
  let told = 0
  // Of all queues at once: so it is for times.
  ours.watch((queue) => {
    if (queue === undefined) told++
  })
  const tookMs: number[] = []
  for (const [n, delayMs] of [1, 5, 15, 40, 5, 1, 15].entries()) {
    const before = told
    const startedAt = performance.now()
    await theirs.commit([entering(`id-${n}`, { delayMs })])
    await until(() => told > before, 'the message that is due was told of')
    tookMs.push(performance.now() - startedAt - delayMs)
  }
  // The slow poll tells of everything every five seconds.
  expect(tookMs.sort((a, b) => a - b)[3]).toBeLessThan(500)
})

// How this was seen to fail: without `#hasJumped` in `#refresh`, what is due then is told of by the slow poll alone.
test('what is delayed after the wall clock was set back is told of when it is due', async () => {
  const path = await newPath()
  const clock = new FakeClock()
  const [ours, theirs] = [await openShop(path, { clock }), await openShop(path, { clock })]
  let seen = false
  let toldAt = 0
  ours.watch((queue) => {
    seen ||= queue === 'shop/first'
    if (queue === undefined) toldAt = clock.elapsed()
  })
  clock.jump(-3_600_000)
  await theirs.commit([entering('at once')])
  await until(() => seen, 'what the other connection has pushed was told of')
  await theirs.commit([entering('later', { delayMs: 300 })])
  const dueAt = clock.elapsed() + 300
  // The poll that would find the jump is further away.
  while (toldAt < dueAt && clock.elapsed() < dueAt + 300) await clock.advance(10)
  expect(toldAt).toBeGreaterThanOrEqual(dueAt)
})
