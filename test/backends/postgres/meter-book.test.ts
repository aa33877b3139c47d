import { expect, test } from 'vitest'
import { MeterBook } from '../../../src/backends/postgres/commit/meter-book.ts'
import { Metering, minuteMs, type Placed } from '../../../src/queue/rules/metering.ts'
import { FakeClock } from '../../../src/testing/index.ts'

/** A book in which one message that has moved is gathered, and how often it was asked to write. */
function oneMoved() {
  const clock = new FakeClock()
  const book = new MeterBook({
    clock,
    ask: async () => {
      asked.times++
    },
  })
  const asked = { times: 0 }
  const meters = new Metering<number>(minuteMs)
  meters.tell({ at: clock.now(), queue: 1, to: undefined, kind: 'moved', workMs: undefined })
  book.add(meters)
  return { clock, book, asked }
}

test('what is written while the table is read is read again, without it', async () => {
  const { clock, book, asked } = oneMoved()
  const reads: number[] = []
  await book.beside(async (gathered: readonly Placed<number>[]) => {
    reads.push(gathered.length)
    // Written a second after it came.
    if (reads.length === 1) await clock.advance(1000)
  })
  expect(asked.times).toBe(1)
  expect(reads).toEqual([1, 0])
})

test('where nothing is written the table is read once', async () => {
  const { book } = oneMoved()
  let reads = 0
  await book.beside(async () => void reads++)
  expect(reads).toBe(1)
})
