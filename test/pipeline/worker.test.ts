import { expect, it } from 'vitest'
import * as z from 'zod'
import { worker } from '../../src/index.ts'

const plain = { input: z.string(), output: z.string(), process: (text: string) => text }

it.each([
  ['A worker needs a function `process`.', { process: undefined }],
  ['A worker has "timoutMs", which nothing reads. Did you mean "timeoutMs"?', { timoutMs: 1 }],
  ['`retry` has "attempt", which nothing reads. Did you mean "attempts"?', { retry: { attempt: 2 } }],
  ['`retry` has 3, which is no object.', { retry: 3 }],
])('says: %s', (sentence, given) => {
  expect(() => worker({ ...plain, ...given } as typeof plain)).toThrow(new TypeError(sentence))
})
