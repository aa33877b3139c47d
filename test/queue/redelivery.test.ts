import { expect, it } from 'vitest'
import { longestDelayMs } from '../../src/queue/delay.ts'
import { backoffCapMs, checkRetry, defaultRetry, redeliver } from '../../src/queue/redelivery.ts'

const retry = { attempts: 5, minMs: 100, maxMs: 1000, factor: 3 }
const error = new Error('broken')

it('waits at most exponentially longer with each failure, up to a limit', () => {
  expect([1, 2, 3, 4, 5000].map((attempt) => backoffCapMs(retry, attempt))).toEqual([
    100, 300, 900, 1000, 1000,
  ])
})

it('waits for nothing if that is the shortest wait, however often it failed', () => {
  expect(backoffCapMs({ ...retry, minMs: 0, factor: 10 }, 5000)).toBe(0)
})

it('waits anything from nothing to the longest wait', () => {
  expect(redeliver(retry, 2, error, 0)).toEqual({ delayMs: 0 })
  expect(redeliver(retry, 2, error, 1e-9)).toEqual({ delayMs: 1 })
  expect(redeliver(retry, 2, error, 0.5)).toEqual({ delayMs: 150 })
  expect(redeliver(retry, 2, error, 1)).toEqual({ delayMs: 300 })
  const drawn = new Set(Array.from({ length: 50 }, () => JSON.stringify(redeliver(retry, 3, error))))
  expect(drawn.size).toBeGreaterThan(10)
})

it('gives up with the last attempt, and not before', () => {
  expect(redeliver(retry, 4, error, 1)).toEqual({ delayMs: 1000 })
  expect(redeliver(retry, 5, error, 1)).toBe('give-up')
  expect(redeliver(retry, 6, error, 1)).toBe('give-up')
})

it('does what an error asks for: to give up, or to wait a certain time', () => {
  expect(redeliver(retry, 1, { retry: false })).toBe('give-up')
  expect(redeliver(retry, 1, { retry: true }, 1)).toEqual({ delayMs: 100 })
  expect(redeliver(retry, 1, { retryAfterMs: 5000 })).toEqual({ delayMs: 5000 })
  expect(redeliver(retry, 1, { retryAfterMs: 0 })).toEqual({ delayMs: 0 })
  expect(redeliver(retry, 5, { retryAfterMs: 5000 }), 'though no more often than allowed').toBe('give-up')
  expect(redeliver(retry, 1, { retry: false, retryAfterMs: 5000 })).toBe('give-up')
})

it.each([-1, Number.NaN, '5', null])(
  'does not listen to an error that asks for %s milliseconds',
  (retryAfterMs) => {
    expect(redeliver(retry, 1, { retryAfterMs }, 1)).toEqual({ delayMs: 100 })
  },
)

it('waits no longer than a century, also if an error or the retries ask for more', () => {
  const century = { delayMs: longestDelayMs }
  for (const retryAfterMs of [longestDelayMs + 1, 1e300, Number.POSITIVE_INFINITY])
    expect(redeliver(retry, 1, { retryAfterMs })).toEqual(century)
  expect(redeliver({ ...retry, minMs: 1e200, maxMs: 1e300 }, 1, error, 1)).toEqual(century)
})

it.each([undefined, null, 'text', 7])('treats a thrown %s as any error', (thrown) => {
  expect(redeliver(retry, 1, thrown, 1)).toEqual({ delayMs: 100 })
})

it.each([
  [{ attempts: 0 }, 'retry.attempts is 0; it is a whole number from 1.'],
  [{ attempts: 1.5 }, 'retry.attempts is 1.5; it is a whole number from 1.'],
  [{ minMs: -1 }, 'retry.minMs is -1; it is a number of milliseconds from 0.'],
  [{ minMs: Number.NaN }, 'retry.minMs is NaN; it is a number of milliseconds from 0.'],
  [{ maxMs: 50 }, 'retry.maxMs is 50; it is at least retry.minMs (1000).'],
  [{ maxMs: Number.POSITIVE_INFINITY }, 'retry.maxMs is Infinity; it is at least retry.minMs (1000).'],
  [{ factor: 0.5 }, 'retry.factor is 0.5; it is a number from 1.'],
])('refuses %j', (part, sentence) => {
  expect(() => checkRetry({ ...defaultRetry, ...part })).toThrow(new RangeError(sentence))
})

it('has defaults that make sense', () => {
  expect(checkRetry(defaultRetry)).toBe(defaultRetry)
})
