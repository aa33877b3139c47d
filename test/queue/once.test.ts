import { expect, it } from 'vitest'
import * as z from 'zod'
import { makeQueues, worker } from '../../src/index.ts'
import { openUsual } from '../on/open.ts'

const work = worker({ input: z.string(), output: z.string(), process: (text) => text })

it('lets one push with a key enter', async () => {
  const { input } = await makeQueues(work, await openUsual(), 'w')
  const once = { key: 'k', forMs: 1000 }
  expect(await input.push('a', 'x', { once })).toEqual({ entered: true })
  expect(await input.push('b', 'x', { once })).toEqual({ entered: false })
  expect(await input.push('b', 'x')).toEqual({ entered: true })
  expect(await input.push('b', 'y', { enter: 'ignore' })).toEqual({ entered: false })
})

// Seen to fail: all pushes whose key was missing shared one.
it.each([
  [{ forMs: 1 }, /^`once\.key` of the push of token "a" is undefined; it is 1 to 480 characters/],
  [{ key: '', forMs: 1 }, /^`once\.key` of the push of token "a" is ""/],
  [{ key: 'x'.repeat(481), forMs: 1 }, /^`once\.key` of the push of token "a" is "xxx/],
  [{ key: 'k' }, /^`once\.forMs` of the push of token "a" is undefined/],
  [{ key: 'k', forMs: 0 }, /^`once\.forMs` of the push of token "a" is 0/],
  [{ key: 'k', forMs: 1, id: 1 }, /"id"/],
])('refuses %j with a sentence, and nothing enters', async (once, sentence) => {
  const backend = await openUsual()
  const { input } = await makeQueues(work, backend, 'w')
  await expect(input.push('a', 'x', { once: once as never })).rejects.toThrow(sentence)
  expect(await backend.journey('w', 'a')).toBeUndefined()
})
