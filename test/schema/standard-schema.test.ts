import { type } from 'arktype'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { makeQueues, state, worker, workflow, wrapped } from '../../src/index.ts'
import { openUsual } from '../on/open.ts'

// One state from each library, and workers whose ends are of two.
const FromZod = state('FromZod', z.object({ n: z.number(), note: z.string().default('none') }))
const FromValibot = state('FromValibot', v.object({ n: v.pipe(v.number(), v.integer()) }))
const FromArktype = state('FromArktype', type({ n: 'number < 100', 'note?': 'string' }))

const once = { retry: { attempts: 1 } }
const double = worker({ ...once, input: v.number(), output: type('number'), process: (n) => n * 2 })
const increase = worker({ ...once, input: type('number'), output: z.number(), process: (n) => n + 1 })

const flow = workflow({
  input: FromZod,
  output: FromArktype,
  stages: {
    doubling: wrapped(double, {
      input: FromZod,
      output: FromValibot,
      pre: ({ n }) => n,
      post: (_, n) => FromValibot({ n }),
    }),
    increasing: wrapped(increase, {
      input: FromValibot,
      output: FromArktype,
      pre: ({ n }) => n,
      post: (_, n) => FromArktype({ n, note: 'increased' }),
    }),
  },
})

it('zod, valibot and arktype describe the states of one workflow', async () => {
  const backend = await openUsual()
  const queues = await makeQueues(flow, backend, 'mixed')
  const stop = new AbortController()
  const running = Object.values(queues.artifacts()).map((run) => run(stop.signal))

  await queues.input.push('1', { tag: 'FromZod', n: 3, note: 'first' })
  expect(await queues.output.read()).toMatchObject({
    id: '1',
    value: { tag: 'FromArktype', n: 7, note: 'increased' },
  })

  // Each library refuses in its own words, under the same error; what it refuses on the way is buried.
  await expect(
    queues.input.push('2', { tag: 'FromZod', n: 'three' as never, note: '' }),
  ).rejects.toMatchObject({
    code: 'invalid',
    issues: [{ path: ['n'] }],
  })
  await queues.input.push('3', { tag: 'FromZod', n: 0.25, note: '' })
  await queues.input.push('4', { tag: 'FromZod', n: 50, note: '' })
  await expect
    .poll(async () => (await backend.list('mixed/doubling')).rows)
    .toMatchObject([{ id: '3', status: 'dead', error: { message: expect.stringContaining('integer') } }])
  await expect
    .poll(async () => (await backend.list('mixed/increasing')).rows)
    .toMatchObject([{ id: '4', status: 'dead', error: { message: expect.stringContaining('100') } }])
  stop.abort()
  await Promise.all(running)
  await backend.close()
})

it.each([
  ['zod', z.object({ pages: z.array(z.object({ n: z.number() })) })],
  ['valibot', v.object({ pages: v.array(v.object({ n: v.number() })) })],
  ['arktype', type({ pages: [{ n: 'number' }, '[]'] })],
] as const)(
  'says of what %s refuses the message and the keys, and does not repeat the input',
  async (_, fields) => {
    const Book = state('Book', fields as z.ZodType<{ pages: { n: number }[] }>)
    const read = worker({ input: Book, output: z.number(), process: ({ pages }) => pages.length })
    const { input } = await makeQueues(read, await openUsual(), 'read')
    const push = input.push('a', { tag: 'Book', pages: [{ n: 1 }, { n: 'hunter2' as never }] })
    const refusal = await push.catch((error) => error)
    expect(refusal).toMatchObject({ code: 'invalid', message: expect.stringContaining('pages.1.n: ') })
    expect(refusal.issues).toEqual([{ message: expect.any(String), path: ['pages', 1, 'n'] }])
    expect(JSON.stringify(refusal.issues.map(({ path }: { path: unknown }) => path))).not.toContain('hunter2')
  },
)

interface Tree {
  readonly name: string
  readonly children: readonly Tree[]
}
const Tree: z.ZodType<Tree, Tree> = z.lazy(() => z.object({ name: z.string(), children: z.array(Tree) }))

it('keeps what has an interface and is in itself', async () => {
  const backend = await openUsual()
  const Planted = state('Planted', z.object({ tree: Tree }))
  const water = worker({ input: Planted, output: Planted, process: (planted) => planted })
  const { input } = await makeQueues(water, backend, 'garden')
  const tree = { name: 'root', children: [{ name: 'leaf', children: [] }] }
  await input.push('oak', Planted({ tree }))
  expect((await backend.list('garden/main')).rows).toMatchObject([
    { id: 'oak', value: { tag: 'Planted', tree } },
  ])
})

it('refuses, when it is pushed, what a generic function could not know that JSON would change it', async () => {
  const kept = <T extends object>(schema: z.ZodType<T>) => state('Kept', schema)
  const Dated = kept(z.object({ at: z.date() }))
  const pass = worker({ input: Dated, output: Dated, process: (dated) => dated })
  const { input } = await makeQueues(pass, await openUsual(), 'kept')
  await expect(input.push('1', Dated({ at: new Date(0) }))).rejects.toThrow(
    'Queue "kept/main" refused the value of token "1": a value of Date at "at" does not survive JSON.',
  )
})
