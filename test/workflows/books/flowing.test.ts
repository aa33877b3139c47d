import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { flowing } from '../../../workflows/books/flowing.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const watching = { stallMs: 1000, sentence: 'It stands still.' }

it('lets work take as long as it likes while something flows', async () => {
  const result = flowing(watching, async ({ flowed, signal }) => {
    for (let n = 0; n < 100; n++) {
      await new Promise((resolve) => setTimeout(resolve, 999))
      flowed()
    }
    flowed(5000)
    await new Promise((resolve) => setTimeout(resolve, 4999))
    return signal.aborted
  })
  await vi.advanceTimersByTimeAsync(200_000)
  expect(await result).toBe(false)
})

it('gives up work through which nothing flows, though that never ends, and aborts its signal', async () => {
  let told: AbortSignal | undefined
  const stuck = flowing(watching, ({ signal }) => {
    told = signal
    return new Promise(() => {})
  })
  const failed = expect(stuck).rejects.toMatchObject({
    code: 'OperationFailed',
    message: 'It stands still.',
  })
  await vi.advanceTimersByTimeAsync(999)
  expect(told!.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await failed
  expect(told!.aborted).toBe(true)
})

it('ends with the work, and leaves no timer behind', async () => {
  await expect(flowing(watching, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await flowing(watching, async () => 1)).toBe(1)
  expect(vi.getTimerCount()).toBe(0)
})

it('leaves no timer behind when something flows after the work has ended', async () => {
  let late = () => {}
  await flowing(watching, async ({ flowed }) => {
    late = flowed
  })
  late()
  expect(vi.getTimerCount()).toBe(0)
})
