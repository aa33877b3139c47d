import { describe, expect, it, vi } from 'vitest'
import { makeSignsOfLife } from '../../src/run/isolated/signs-of-life.mjs'
import { watchSilence } from '../../src/run/isolated/silence.ts'

const idle = { passedMs: 100, cpuMs: 1, isWaiting: false }

describe('signs of life', () => {
  it('are there at first, and once for each report of progress', () => {
    const signs = makeSignsOfLife(1000)
    expect([signs.look(idle), signs.look(idle)]).toEqual([true, false])
    signs.report()
    expect([signs.look(idle), signs.look(idle)]).toEqual([true, false])
  })

  it('are there as long as a file is waited for', () => {
    const signs = makeSignsOfLife(1000)
    const looks = Array.from({ length: 1000 }, () => signs.look({ ...idle, isWaiting: true }))
    expect(new Set(looks)).toEqual(new Set([true]))
  })

  it('are there while it computes, but only so much without progress', () => {
    const signs = makeSignsOfLife(1000)
    const busy = { passedMs: 100, cpuMs: 90, isWaiting: false }
    const lasts = () => Array.from({ length: 20 }, () => signs.look(busy)).indexOf(false)
    expect(lasts()).toBe(12)
    signs.report()
    expect(lasts()).toBe(12)
  })

  it('are distinguished from idling also where other work leaves it a tenth of a processor', () => {
    const signs = makeSignsOfLife(1000)
    signs.look(idle)
    expect(signs.look({ passedMs: 5000, cpuMs: 500, isWaiting: false })).toBe(true)
    expect(signs.look({ passedMs: 5000, cpuMs: 50, isWaiting: false })).toBe(false)
  })
})

describe('a watch on silence', () => {
  it('ends once, when no message has come for the given time', () => {
    vi.useFakeTimers()
    const onSilence = vi.fn()
    const silence = watchSilence(1000, onSilence)
    vi.advanceTimersByTime(900)
    silence.interrupt()
    vi.advanceTimersByTime(1000)
    expect(onSilence).not.toHaveBeenCalled()
    vi.advanceTimersByTime(5000)
    expect(onSilence).toHaveBeenCalledOnce()
    vi.useRealTimers()
  })

  it('takes a process that was stopped for an hour for one that has just looked', async () => {
    const onSilence = vi.fn()
    const silence = watchSilence(100, onSilence)
    // No message arrives while this process does nothing but spin.
    for (const until = performance.now() + 300; performance.now() < until; );
    await new Promise(setImmediate)
    expect(onSilence).not.toHaveBeenCalled()
    silence.stop()
  })
})
