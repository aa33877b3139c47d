import { expect, it } from 'vitest'
import * as z from 'zod'
import { memory } from '../../../src/backends/memory.ts'
import { enter } from '../../../src/cli/up/mirror/entry.ts'
import { makeQueues, state, worker, workflow, wrapped } from '../../../src/index.ts'

const Wanted = state('Wanted', z.object({ barcode: z.string(), done_bucket: z.string() }))
const Done = state('Done', z.object({ barcode: z.string() }))

const fetching = worker({ input: z.string(), output: z.string(), process: async (barcode) => barcode })
const fetch = wrapped(fetching, {
  input: Wanted,
  output: Done,
  pre: ({ barcode }) => barcode,
  post: (_, barcode) => Done({ barcode }),
})
const books = workflow({ input: Wanted, output: Done, stages: { fetch } })

async function open() {
  const { input } = await makeQueues(books, memory(), 'books', { idOf: ({ barcode }) => barcode })
  const seed = { value: (id: string) => Wanted({ barcode: id, done_bucket: 'done' }) }
  const dropped = (name: string, content: Record<string, unknown>, withSeed = true) => {
    const drop = { name: `${name}.json`, text: JSON.stringify(content) }
    return enter({ input, seed: withSeed ? seed : undefined }, drop)
  }
  return { dropped }
}

it('completes what the file does not say, and enters it once', async () => {
  const { dropped } = await open()
  expect(await dropped('A1', { done_bucket: 'other' })).toEqual({ id: 'A1', repeated: false })
  expect(await dropped('A1', { done_bucket: 'other' })).toEqual({ id: 'A1', repeated: true })
  expect(await dropped('A1', { done_bucket: 'third' })).toEqual({
    id: 'A1',
    reason: 'Token "A1" is known already; nothing was changed.',
  })
  expect(await dropped('A%2F1', {})).toEqual({ id: 'A/1', repeated: false })
})

it('says in a sentence why a file is refused', async () => {
  const { dropped } = await open()
  const reasons = [
    await dropped('A1', { barcode: 'B2' }),
    await dropped('A1', { tag: 'Wanted', barcode: 'A1' }),
    await dropped('A1', { tag: 'Lost', barcode: 'A1' }),
    await dropped('A1', { done_bucket: ['x'] }),
    await dropped('A1', { barcode: 'A1', done_bucket: 'done' }, false),
    await dropped('a\u0001', {}),
  ].map(({ reason }) => reason)
  expect(reasons).toMatchInlineSnapshot(`
    [
      "Token "A1" cannot enter: by what it holds its id is "B2".",
      "Queue "books/fetch" refused the value of token "A1": done_bucket: Invalid input: expected string, received undefined.",
      "Workflow "books" has no stage for token "A1" in state "Lost".",
      "Queue "books/fetch" refused the value of token "A1": done_bucket: Invalid input: expected string, received array.",
      "It has no "tag", and the app has no \`seed\` that would complete it.",
      "Token "a\\u0001" cannot enter: an id is 1 to 255 characters long and has no control characters.",
    ]
  `)
})
