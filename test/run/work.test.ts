import { expect, it } from 'vitest'
import * as z from 'zod'
import { worker } from '../../src/index.ts'
import { checkOptions } from '../../src/run/work/work.ts'

it('has defaults', () => {
  expect(checkOptions({ retry: { attempts: 2 } })).toEqual({
    ...{ concurrency: 1, timeoutMs: 300_000, leaseMs: 30_000, graceMs: 20_000, crashes: 3 },
    retry: { attempts: 2, minMs: 1000, maxMs: 600_000, factor: 2 },
  })
})

it.each([
  [{ concurrency: 0 }, 'concurrency is 0; it is a whole number from 1.'],
  [{ concurrency: 1.5 }, 'concurrency is 1.5; it is a whole number from 1.'],
  [{ timeoutMs: 0 }, 'timeoutMs is 0; it is a whole number from 1.'],
  [{ timeoutMs: Number.POSITIVE_INFINITY }, 'timeoutMs is Infinity; it is a whole number from 1.'],
  [{ leaseMs: 99 }, 'leaseMs is 99; it is a whole number from 100.'],
  [{ graceMs: -1 }, 'graceMs is -1; it is a whole number from 0.'],
  [{ crashes: 0 }, 'crashes is 0; it is a whole number from 1.'],
  [{ retry: { attempts: 0 } }, 'retry.attempts is 0; it is a whole number from 1.'],
])('refuses %j where the worker is defined', (options, sentence) => {
  const define = () => worker({ input: z.string(), output: z.string(), process: (text) => text, ...options })
  expect(define).toThrow(new RangeError(sentence))
})

it.each([1, 0, 2.5])('refuses batches of %s', (batch) => {
  const define = () => worker({ input: z.string(), output: z.string(), batch, process: (texts) => texts })
  expect(define).toThrow(new RangeError(`batch is ${batch}; it is a whole number from 2.`))
})
