import { expect, it } from 'vitest'
import { Meter } from '../../../../workflows/books/fake-grin/requests/meter.ts'

it('finds the second with the most requests, wherever it begins', () => {
  const meter = new Meter()
  for (const at of [0, 600, 900, 1100, 1599, 1600, 3000]) meter.count(at)
  // From 600, or just after it, to 1599 or 1600.
  expect(meter.read()).toMatchObject({ requests: 7, mostInASecond: 4 })
  expect(meter.read().bySecond.map(({ requests }) => requests)).toEqual([3, 3, 1])
})

it('keeps the seconds of an hour at most', () => {
  const meter = new Meter()
  for (let second = 0; second < 4000; second++) meter.count(second * 1000)
  expect(meter.read().bySecond).toHaveLength(3600)
  expect(meter.read().requests).toBe(4000)
})
