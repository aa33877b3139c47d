import { expect, it } from 'vitest'
import * as z from 'zod'
import {
  type Infer,
  makeQueues,
  sequential,
  state,
  type WorkContext,
  type WriteQueue,
  worker,
  workflow,
  wrapped,
} from '../../src/index.ts'
import { openersOf, openUsual } from '../on/open.ts'

const A = state('A', z.object({ n: z.number() }))
const B = state('B', z.object({ n: z.number() }))
const Done = state('Done', z.object({ n: z.number() }))

const io = { input: z.number(), output: z.number(), process: (n: number) => n }
const fold = { pre: ({ n }: { n: number }) => n }

/** A workflow from A over B to Done, its second stage called `second`. */
function flowWith(second: string, was?: string[], between: z.ZodType<number, number> = z.number()) {
  const step = worker({ ...io, ...(was && { was }) })
  return workflow({
    input: A,
    output: Done,
    stages: {
      first: wrapped(sequential(worker({ ...io, output: between }), worker({ ...io, input: between })), {
        ...fold,
        input: A,
        output: B,
        post: (_, n) => B({ n }),
      }),
      [second as 'second']: wrapped(step, { ...fold, input: B, output: Done, post: (_, n) => Done({ n }) }),
    },
  })
}

const backends = Object.entries(openersOf('memory', 'sqlite'))

it.each(['', '1flow', 'a/b', 'a b', 'é', 'x'.repeat(64), '_a'])(
  'refuses %j as the name of a workflow',
  async (name) => {
    await expect(makeQueues(flowWith('second'), await openUsual(), name)).rejects.toMatchObject({
      code: 'invalid',
      message: `"${name}" cannot name a workflow: take a letter, then up to 62 letters, digits, "_" or "-".`,
    })
  },
)

it.each(backends)('carries what waits over to the new name of a stage (%s)', async (_, open) => {
  const backend = await open({})
  const before = await makeQueues(flowWith('second'), backend, 'flow')
  const token = { id: 'a', hop: 1, frames: [], priority: 0, deploy: before.runtime.deploy }
  await backend.commit([
    { kind: 'push', queue: 'flow/second', value: { tag: 'B', n: 1 }, enter: 'refuse', token },
  ])
  await expect(makeQueues(flowWith('other'), backend, 'flow')).rejects.toMatchObject({ code: 'conflict' })
  expect(await backend.get('flow/second', 'a')).toBeDefined()
  const after = await makeQueues(flowWith('other', ['second']), backend, 'flow')
  expect(after.runtime.deploy).toBe(before.runtime.deploy + 1)
  expect((await backend.get('flow/other', 'a'))!.value).toEqual({ tag: 'B', n: 1 })
})

it.each(backends)('numbers versions by what they store, and an old one as it was (%s)', async (_, open) => {
  const backend = await open({})
  const deploy = async (flow: any) =>
    (await makeQueues(flow, backend, 'flow', { rollback: true })).runtime.deploy
  expect(await deploy(flowWith('second'))).toBe(1)
  expect(await deploy(flowWith('second')), 'started again').toBe(1)
  expect(await deploy(flowWith('third'))).toBe(2)
  expect(await deploy(flowWith('second')), 'rolled back').toBe(1)
  expect(await deploy(flowWith('second', undefined, z.number().max(9))), 'inside of a composite').toBe(3)
  expect((await makeQueues(flowWith('second'), backend, 'other')).runtime.deploy, 'each for itself').toBe(1)
})

it('distinguishes versions by the fields of their states', async () => {
  const backend = await openUsual()
  const deploy = async (fields: z.ZodRawShape) => {
    const In: any = state('In', z.object(fields) as any)
    const only = wrapped(worker(io), { input: In, output: Done, pre: () => 1, post: () => Done({ n: 1 }) })
    return (await makeQueues(only, backend, 'flow')).runtime.deploy
  }
  expect(await deploy({ n: z.number() })).toBe(1)
  expect(await deploy({ n: z.number(), more: z.string().optional() })).toBe(2)
  expect(await deploy({ n: z.number() })).toBe(1)
})

it('takes schemas whose library cannot describe them', async () => {
  const odd = z.custom<number>((n) => typeof n === 'number').transform((n) => n)
  const { runtime } = await makeQueues(worker({ ...io, input: odd, output: odd }), await openUsual(), 'flow')
  expect(runtime.deploy).toBe(1)
})

it('calls queues by the places of their stages', async () => {
  const backend = await openUsual()
  await makeQueues(flowWith('second'), backend, 'flow')
  await makeQueues(worker(io), backend, 'one')
  await makeQueues(sequential(worker(io), worker(io)), backend, 'two')
  expect((await backend.count()).map(({ queue, role }) => `${queue} ${role}`)).toEqual([
    ...['flow/first/0 stage', 'flow/first/1 stage', 'flow/second stage', 'flow/output output'],
    ...['one/main stage', 'one/output output'],
    ...['two/main/0 stage', 'two/main/1 stage', 'two/output output'],
  ])
})

it('refuses a value in a state that it does not accept, and changes nothing', async () => {
  const backend = await openUsual()
  const { input } = await makeQueues(flowWith('second'), backend, 'flow')
  for (const value of [B({ n: 1 }), Done({ n: 1 }), { n: 1 }, null]) {
    await expect(input.push('a', value as any)).rejects.toMatchObject({ code: 'unroutable' })
  }
  await expect(input.push('a', { tag: 'A', n: 'x' } as any)).rejects.toMatchObject({ code: 'invalid' })
  await expect(input.push('', A({ n: 1 }))).rejects.toMatchObject({ code: 'invalid' })
  expect(await backend.journey('flow', 'a')).toBeUndefined()
})

it('lets a token enter only under the id in its value, if `idOf` reads it', async () => {
  const Book = state('Book', z.object({ barcode: z.string().trim(), more: z.array(z.string()).default([]) }))
  const Read = state('Read', z.object({}))
  const refusals: unknown[] = []
  const read = worker({
    input: Book,
    output: Read,
    process: async ({ more }, { also, books }: { books: WriteQueue<Infer<typeof Book>> } & WorkContext) => {
      for (const id of more)
        await also(books, id, Book({ barcode: 'c', more: [] })).catch((refusal) =>
          refusals.push(refusal.message),
        )
      return Read({})
    },
  })
  const idOf = ({ barcode }: Infer<typeof Book>) => barcode
  const { input, output, artifacts } = await makeQueues(read, await openUsual(), 'read', { idOf })
  const book: Infer<typeof Book> = { tag: 'Book', barcode: 'b ', more: ['c', 'd'] }
  await expect(input.push('copy-1', book)).rejects.toMatchObject({
    ...{ code: 'invalid', id: 'copy-1' },
    message: 'Token "copy-1" cannot enter: by what it holds its id is "b".',
  })
  await expect(input.push('b', { tag: 'Boo' } as never)).rejects.toThrow('expected state "Book"')
  await input.push('b', book)
  const stop = new AbortController()
  const running = artifacts({ books: input })(stop.signal)
  const ids = [await output.read(), await output.read()].map(({ id }) => id)
  stop.abort()
  await running
  expect(ids.sort()).toEqual(['b', 'c'])
  expect(refusals).toEqual(['Token "d" cannot enter: by what it holds its id is "c".'])
})
