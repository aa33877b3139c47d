import { expect, it, onTestFinished, vi } from 'vitest'
import * as z from 'zod'
import {
  isolated,
  makeQueues,
  type Pipeline,
  type Runnable,
  review,
  type Schema,
  sequential,
  stage,
  state,
  type WorkOptions,
  worker,
  wrapped,
} from '../../src/index.ts'
import { openUsual } from '../on/open.ts'

const Got = state('Got', z.object({ text: z.string() }))
const Made = state('Made', z.object({ n: z.number() }))
const Refused = state('Refused', z.object({ why: z.string() }))

const text = z.string().min(3)
const count = z.number().positive('must be positive')
const lift = {
  input: Got,
  output: Made,
  pre: ({ text }: { text: string }) => text,
  post: (_: unknown, n: number) => Made({ n }),
}
const failed = {
  to: Refused,
  as: (_: unknown, { message }: { message: string }) => Refused({ why: message }),
}

async function run(pipeline: Pipeline<any, any, Runnable, any>) {
  const backend = await openUsual()
  const queues = await makeQueues(pipeline, backend, 'flow')
  const stop = new AbortController()
  const running = queues.artifacts()(stop.signal)
  onTestFinished(async () => {
    stop.abort()
    await running
  })
  const push = (id: string, text: string) => queues.input.push(id, Got({ text }))
  const row = (id: string) => backend.get('flow/main', id)
  return { backend, queues, push, row, out: () => queues.output.read() }
}

const once: WorkOptions = { retry: { attempts: 1 } }

it('fails the attempt whose result the output schema refuses, and tries again as `retry` says', async () => {
  let attempts = 0
  const process = () => (++attempts < 3 ? -5 : 5)
  const work = worker({ input: text, output: count, retry: { attempts: 3, minMs: 0, maxMs: 0 }, process })
  const { backend, push, out } = await run(wrapped(work, lift))
  await push('a', 'abc')
  expect((await out()).value).toEqual({ tag: 'Made', n: 5 })
  const { lines } = (await backend.journey('flow', 'a'))!
  expect(lines.map(({ event, error }) => [event, error?.message])).toEqual([
    ['entered', undefined],
    ...Array(2).fill([
      'postponed',
      'Stage "flow/main" returned a value for token "a" that its output schema refuses: must be positive.',
    ]),
    ['moved', undefined],
  ])
})

it('gives up at once what `pre` makes that the input schema refuses: nothing else would come of it', async () => {
  const process = vi.fn(() => 1)
  const work = worker({ input: text, output: count, process })
  const why = 'What `pre` made of token "a" does not fit the input schema of stage "flow/main": '
  const dead = await run(wrapped(work, lift))
  await dead.push('a', 'ab')
  await expect.poll(() => dead.row('a')).toMatchObject({ status: 'dead', attempts: 0 })
  expect((await dead.row('a'))!.error!.message).toContain(why)
  const routed = await run(wrapped(work, { ...lift, failed }))
  await routed.push('a', 'ab')
  expect((await routed.out()).value).toMatchObject({ tag: 'Refused', why: expect.stringContaining(why) })
  expect(process).not.toHaveBeenCalled()
})

it('gives functions what the schemas make of values: defaults, trimmed texts, no keys that they do not know', async () => {
  const order = z.object({ text: z.string().trim(), size: z.number().default(2) })
  const seen: unknown[] = []
  const work = worker({
    input: order,
    output: z.object({ n: z.number(), unit: z.string().default('pages') }),
    process: (value) => {
      seen.push(value)
      return { n: value.size, odd: true } as unknown as { n: number; unit: string }
    },
  })
  const { push, out } = await run(
    wrapped(work, {
      input: Got,
      output: Made,
      pre: ({ text }) => ({ text, odd: 1 }) as unknown as z.infer<typeof order>,
      post: (_, made) => {
        seen.push(made)
        return Made({ n: made.n })
      },
    }),
  )
  await push('a', ' abc ')
  await out()
  expect(seen).toEqual([
    { text: 'abc', size: 2 },
    { n: 2, unit: 'pages' },
  ])
})

it('runs each schema once on each value', async () => {
  const runs = { input: 0, output: 0 }
  const counting = <T>(schema: Schema<T>, end: keyof typeof runs): Schema<T> => ({
    '~standard': {
      ...schema['~standard'],
      validate: (value) => {
        runs[end]++
        return schema['~standard'].validate(value)
      },
    },
  })
  const io = { input: counting(text, 'input'), output: counting(count, 'output') }
  const around = await run(wrapped(worker({ ...io, process: ({ length }) => length }), lift))
  await around.push('a', 'abc')
  await around.out()
  expect(runs).toEqual({ input: 1, output: 1 })
  const plain = await run(worker({ ...io, process: ({ length }) => length }))
  await plain.queues.input.push('a', 'abc')
  await expect.poll(() => plain.backend.get('flow/output', 'a')).toBeDefined()
  // Once as it is stored, once as it is read.
  expect(runs).toEqual({ input: 3, output: 2 })
})

it('waits for schemas that take their time', async () => {
  const taking = <T>(schema: z.ZodType<T>) => schema.refine(async () => true)
  const work = worker({
    ...once,
    input: taking(text),
    output: taking(count),
    process: ({ length }) => -length,
  })
  const { push, row, out } = await run(wrapped(work, { ...lift, failed }))
  await push('a', 'abc')
  expect((await out()).value).toMatchObject({ why: expect.stringContaining('must be positive') })
  await push('b', 'b')
  expect((await out()).value).toMatchObject({ why: expect.stringContaining('does not fit the input schema') })
  expect(await row('a')).toBeUndefined()
})

it('checks what each message of a batch comes to, by itself', async () => {
  const work = worker({
    ...once,
    input: text,
    output: count,
    batch: 3,
    process: (texts) => texts.map((each) => (each === 'bad' ? -1 : each.length)),
  })
  const { push, row, out } = await run(wrapped(work, lift))
  await Promise.all([push('a', 'abc'), push('bad', 'bad'), push('b', 'b')])
  expect((await out()).value).toEqual({ tag: 'Made', n: 3 })
  await expect.poll(() => row('bad')).toMatchObject({ status: 'dead', error: { code: 'invalid' } })
  await expect.poll(() => row('b')).toMatchObject({ status: 'dead', attempts: 0 })
})

it('checks what an isolated function returns', async () => {
  const task = new URL('../run/fixtures/odd-jobs.task.ts', import.meta.url)
  const process = isolated<typeof import('../run/fixtures/odd-jobs.task.ts')>(task, { in: 'thread' })
  const Order = z.object({ act: z.literal('echo'), text: z.string() })
  const work = worker({
    ...once,
    input: Order,
    output: z.object({ text: z.string().min(100) }),
    process: process as never,
  })
  const { push, row } = await run(
    wrapped(work, {
      input: Got,
      output: Made,
      pre: ({ text }) => ({ act: 'echo', text }) as const,
      post: () => Made({ n: 1 }),
    }),
  )
  await push('a', 'abc')
  await expect.poll(() => row('a'), { timeout: 10_000 }).toMatchObject({ status: 'dead' })
  expect((await row('a'))!.error!.message).toContain('that its output schema refuses: text: Too small')
})

it('checks the values of a stage that is written by hand, on both sides', async () => {
  const hand = stage({ input: text, output: count, artifact: (ends) => ends })
  const backend = await openUsual()
  const queues = await makeQueues(wrapped(hand, lift), backend, 'flow')
  const { input, output } = queues.artifacts()
  await queues.input.push('bad', Got({ text: 'b' }))
  await queues.input.push('a', Got({ text: 'abc' }))
  expect(await input.read()).toMatchObject({ id: 'a' })
  expect(await backend.get('flow/main', 'bad')).toMatchObject({ status: 'dead' })
  await expect(output.push('a', -1)).rejects.toMatchObject({ code: 'invalid', queue: 'flow/main', id: 'a' })
  await output.push('a', 1)
  expect((await queues.output.read()).value).toEqual({ tag: 'Made', n: 1 })
})

it('says at the desk why a value cannot be shown, and lets a person decide all the same', async () => {
  const look = review({ input: text, decisions: { count: z.object({ n: z.number() }) } })
  const flow = wrapped(look, { ...lift, post: (_, { n }) => Made({ n }) })
  const queues = await makeQueues(flow, await openUsual(), 'flow')
  const desk = queues.artifacts()
  await queues.input.push('a', Got({ text: 'b' }))
  const task = await desk.get('a')
  expect(task).toMatchObject({
    state: { text: 'b' },
    problem: expect.stringContaining('does not fit the input schema'),
  })
  await desk.decide('a', { decision: 'count', n: 2 }, { hop: 1, by: 'ann' })
  expect((await queues.output.read()).value).toEqual({ tag: 'Made', n: 2 })
})

it('checks every step of a sequence', async () => {
  const length = worker({ ...once, input: text, output: count, process: ({ length }) => 4 - length })
  const same = worker({
    ...once,
    input: z.number(),
    output: z.number().max(2, 'at most 2'),
    process: (n) => n,
  })
  const flow = wrapped(sequential(length, same), lift)
  const backend = await openUsual()
  const queues = await makeQueues(flow, backend, 'flow')
  const stop = new AbortController()
  const running = queues.artifacts().map((run) => run(stop.signal))
  await queues.input.push('a', Got({ text: 'abcd' }))
  await expect.poll(() => backend.get('flow/main/0', 'a')).toMatchObject({ status: 'dead' })
  await queues.input.push('b', Got({ text: 'abc' }))
  expect((await queues.output.read()).value).toEqual({ tag: 'Made', n: 1 })
  await expect(queues.input.push('c', Got({ text: 'b' }))).rejects.toMatchObject({ code: 'invalid' })
  stop.abort()
  await Promise.all(running)
})
