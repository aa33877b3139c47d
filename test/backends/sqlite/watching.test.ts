import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, newPath, openShop, until } from './fixture.ts'

// How this was seen to fail: with `#refresh` in `watchers.ts` asking for what is due after now, instead of after what
// has been told of, a message that is due within 20 ms is told of by the slow poll alone.
test('a message that another connection delays calls listeners when it is due, however soon that is', async () => {
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
    await until(() => told > before, 'a listener was called for the message that is due')
    tookMs.push(performance.now() - startedAt - delayMs)
  }
  // The slow poll calls all listeners every five seconds.
  expect(tookMs.sort((a, b) => a - b)[3]).toBeLessThan(500)
})

// How this was seen to fail: without `#hasJumped` in `#refresh`, only the slow poll announces what is due then.
test('a message that is delayed after the wall clock was set back calls listeners when it is due', async () => {
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
  await until(() => seen, 'a listener was called for the push of the other connection')
  await theirs.commit([entering('later', { delayMs: 300 })])
  const dueAt = clock.elapsed() + 300
  // The poll that would find the jump is further away.
  while (toldAt < dueAt && clock.elapsed() < dueAt + 300) await clock.advance(10)
  expect(toldAt).toBeGreaterThanOrEqual(dueAt)
})

// What a timer throws fails the test. Seen to fail: with the looks of `watchers.ts` unguarded, and with those of `mender.ts`.
test('an idle process goes on when the file cannot be read for a while, and says so once a minute', async () => {
  const path = await newPath()
  const clock = new FakeClock()
  const warnings: string[] = []
  const ours = await openShop(path, { clock, onWarning: (message) => warnings.push(message) })
  let told = 0
  ours.watch((queue) => {
    if (queue === 'shop/first') told++
  })
  const db = openDatabase(path)
  onTestFinished(() => void db.close())
  db.exec('alter table pw_queues rename to away')
  // Polls, what they refresh, and a round of the mender.
  for (let n = 0; n < 13; n++) await clock.advance(10_000)
  expect([...new Set(warnings)].sort()).toEqual([
    `Claims that are over could not be ended: The database ${path} could not be written: no such table: pw_queues; nothing of this was recorded.`,
    `The database ${path} could not be watched: no such table: pw_queues.`,
    `The search for corrupt rows failed: The database ${path} could not be read: no such table: pw_queues.`,
  ])
  expect(warnings.length).toBeLessThan(5)
  const stop = ours.watch(() => {})
  stop()
  db.exec('alter table away rename to pw_queues')
  const theirs = await openShop(path, { clock })
  await theirs.commit([entering('a')])
  await clock.advance(2000)
  await until(() => told > 0, 'listeners are called for pushes of others again')
})
