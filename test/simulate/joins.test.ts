import { expect, it } from 'vitest'
import * as z from 'zod'
import { each, oneOf, parallel, poll, state, worker, workflow, wrapped } from '../../src/index.ts'
import { notOnServer } from '../on/kind.ts'
import { simulate } from '../on/simulate.ts'

const Book = state('Book', z.object({ pages: z.array(z.string()) }))
const Counted = state('Counted', z.object({ words: z.number(), pages: z.number() }))
const Sent = state('Sent', z.object({ words: z.number(), pages: z.number(), by: z.string() }))
const Broken = state('Broken', z.object({ why: z.string() }))

const pages = z.array(z.string())
const count = worker({
  input: z.string(),
  output: z.number(),
  retry: { attempts: 1 },
  process: (page) => {
    if (page === 'torn') throw new Error('It is torn.')
    return page.split(' ').length
  },
})

const words = each(count, {
  input: pages,
  output: z.number(),
  split: (all) => all,
  atOnce: 2,
  settle: true,
  join: async (_, results) => {
    let sum = 0
    for await (const result of results) sum += 'failure' in result ? 0 : result.value
    return sum
  },
})
const size = worker({ input: pages, output: z.number(), process: (all) => all.length })

const library = workflow({
  input: Book,
  output: oneOf(Sent, Broken),
  stages: {
    read: wrapped(
      parallel(
        { words, size },
        {
          input: pages,
          output: z.object({ words: z.number(), pages: z.number() }),
          join: (_, { words, size }) => ({ words, pages: size }),
        },
      ),
      {
        input: Book,
        output: Counted,
        pre: ({ pages }) => pages,
        post: (_, counted) => Counted(counted),
        failed: { to: Broken, as: (_, { message }) => Broken({ why: message }) },
      },
    ),
    send: wrapped(
      poll({
        input: z.number(),
        output: z.string(),
        everyMs: 60_000,
        lostAfterMs: 600_000,
        ask: async function* (waiting) {
          for await (const { id } of waiting) yield [id, 'post'] as const
        },
      }),
      {
        input: Counted,
        output: Sent,
        pre: ({ words }) => words,
        post: ({ words, pages }, by) => Sent({ words, pages, by }),
        failed: { to: Broken, as: (_, { message }) => Broken({ why: message }) },
      },
    ),
  },
})

const inputs = [
  { id: 'a', value: Book({ pages: ['one', 'two words', 'torn', 'and three words'] }) },
  { id: 'b', value: Book({ pages: [] }) },
]
const results = [Sent({ words: 6, pages: 4, by: 'post' }), Sent({ words: 0, pages: 0, by: 'post' })]

it('splits, joins and polls once, wherever processes die', async () => {
  notOnServer('What a server tells those who listen comes when it comes: the steps are others in each run.')
  const book = { id: 'a', value: Book({ pages: ['two words', 'torn', 'one'] }) }
  const { runs, crashes } = await simulate(library, { seed: 5, inputs: [book], processes: 1 })
  expect(crashes).toBeGreaterThan(20)
  for (const { tokens } of runs)
    expect(tokens.find(({ id }) => id === 'a')?.value).toEqual(Sent({ words: 3, pages: 3, by: 'post' }))
})

it('does so when they die again and again', async () => {
  for (const seed of [1, 2]) {
    const { tokens } = await simulate(library, { seed, inputs, crashes: 20, processes: 3 })
    const books = tokens.filter(({ id }) => /^[ab]$/.test(id))
    expect(books.map(({ value }) => value)).toEqual(results)
  }
})
