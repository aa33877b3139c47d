import { expect, test } from 'vitest'
import { Metering } from '../../src/queue/rules/metering.ts'
import { percentile, sumOfSpreads } from '../../src/queue/spread.ts'

/** The spread of `times`, as the meters gather it. */
function spreadOf(...times: readonly number[]) {
  const metering = new Metering<string>(60_000)
  for (const ageMs of times) metering.tellLease(0, 'q', { ageMs })
  return metering.cells[0]!.cell.age
}

test('a time is in the bucket that ends with the next power of two', () => {
  expect(spreadOf(0, 0.9, 1, 2, 3, 4).buckets).toEqual([2, 1, 2, 1])
  const longest = spreadOf(2 ** 30 - 1, 2 ** 30, 2 ** 40, Number.MAX_SAFE_INTEGER).buckets
  expect([longest.length, longest[30], longest[31]]).toEqual([32, 1, 3])
  expect(spreadOf(-5).buckets).toEqual([1])
})

test('a percentile lies in the bucket of the time that it stands for', () => {
  expect(percentile({ buckets: [], sumMs: 0 }, 0.5)).toBeUndefined()
  expect(percentile(spreadOf(100), 0.5)).toBeGreaterThanOrEqual(64)
  expect(percentile(spreadOf(100), 0.99)).toBeLessThanOrEqual(128)
  const many = spreadOf(...Array.from({ length: 99 }, () => 10), 5000)
  expect(percentile(many, 0.5)).toBeLessThanOrEqual(16)
  expect(percentile(many, 0.99)).toBeLessThanOrEqual(16)
  expect(percentile(many, 1)).toBeGreaterThanOrEqual(4096)
})

test('spreads add up', () => {
  expect(sumOfSpreads([])).toEqual({ buckets: [], sumMs: 0 })
  expect(sumOfSpreads([spreadOf(1), spreadOf(1, 8)])).toEqual({ buckets: [0, 2, 0, 0, 1], sumMs: 10 })
})
