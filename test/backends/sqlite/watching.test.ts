import { expect, test } from 'vitest'
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
