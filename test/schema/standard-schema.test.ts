import { type } from 'arktype'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { memory } from '../../src/backends/memory.ts'
import { makeQueues, state, worker, workflow, wrapped } from '../../src/index.ts'

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
  const backend = memory()
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
    const { input } = await makeQueues(read, memory(), 'read')
    const push = input.push('a', { tag: 'Book', pages: [{ n: 1 }, { n: 'hunter2' as never }] })
    const refusal = await push.catch((error) => error)
    expect(refusal).toMatchObject({ code: 'invalid', message: expect.stringContaining('pages.1.n: ') })
    expect(refusal.issues).toEqual([{ message: expect.any(String), path: ['pages', 1, 'n'] }])
    expect(JSON.stringify(refusal.issues.map(({ path }: { path: unknown }) => path))).not.toContain('hunter2')
  },
)
