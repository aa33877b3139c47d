import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/index.ts'

const dayMs = 86_400_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('waits for the given time, also longer than a timer of Node can', () => {
  const rung: number[] = []
  for (const days of [1, 24, 25, 30, 100]) systemClock.after(days * dayMs, () => rung.push(days))
  systemClock.after(Number.POSITIVE_INFINITY, () => rung.push(Number.POSITIVE_INFINITY))
  vi.advanceTimersByTime(25 * dayMs - 1)
  expect(rung).toEqual([1, 24])
  vi.advanceTimersByTime(1)
  expect(rung).toEqual([1, 24, 25])
  vi.advanceTimersByTime(1000 * dayMs)
  expect(rung).toEqual([1, 24, 25, 30, 100])
})

it('can be called off at any time', () => {
  const ring = vi.fn()
  const callOff = systemClock.after(60 * dayMs, ring)
  vi.advanceTimersByTime(50 * dayMs)
  callOff()
  vi.advanceTimersByTime(50 * dayMs)
  expect(ring).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})
