import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import {
  makeQueues,
  maxValueBytes,
  oneOf,
  type Pipeline,
  type Runnable,
  sequential,
  state,
  worker,
  workflow,
  wrapped,
} from '../../src/index.ts'
import { openUsual } from '../on/open.ts'

const Raw = state('Raw', z.object({ n: z.number(), path: z.string().default('') }))
const Mid = state('Mid', z.object({ n: z.number(), path: z.string() }))
const Done = state('Done', z.object({ n: z.number(), path: z.string() }))
const Bad = state('Bad', z.object({ path: z.string(), why: z.string(), attempts: z.number() }))
const Worse = state('Worse', z.object({ path: z.string(), why: z.string() }))

const twice = (n: number) => {
  if (n < 0) throw Object.assign(new Error(`cannot double ${n}`), { retry: false })
  return n * 2
}
const io = { input: z.number(), output: z.number() }
const double = worker({ ...io, process: twice, retry: { attempts: 1 } })

/** Runs `pipeline` over memory until the test ends. */
async function run<In, Out>(pipeline: Pipeline<In, Out, any, any>) {
  const backend = await openUsual()
  const queues = await makeQueues(pipeline, backend, 'flow')
  const stop = new AbortController()
  const artifacts = [queues.artifacts({} as any)]
    .flat(9)
    .flatMap((made) => (typeof made === 'function' ? made : []))
  const running = artifacts.map((each: Runnable) => each(stop.signal))
  onTestFinished(async () => {
    stop.abort()
    await Promise.all(running)
    await backend.close()
  })
  const result = async (id: string, value: In) => {
    await queues.input.push(id, value)
    const message = await queues.output.read()
    await queues.output.pop(message.id)
    return message.value
  }
  const dead = async (id: string) => {
    await expect.poll(async () => (await backend.journey('flow', id))?.row?.status).toBe('dead')
    return (await backend.journey('flow', id))!.row!
  }
  return { backend, queues, result, dead }
}

const lift = <P extends Pipeline<number, number, any, any>>(pipeline: P) =>
  wrapped(pipeline as Pipeline<number, number, any, unknown>, {
    input: Raw,
    output: Done,
    pre: ({ n }) => n,
    post: ({ path }, n) => Done({ n, path: `${path}.` }),
  })

it('stores the state itself around a leaf, and sets it aside around anything bigger', async () => {
  const backend = await openUsual()
  const leaf = await makeQueues(lift(double), backend, 'leaf')
  await leaf.input.push('a', Raw({ n: 1, path: 'p' }))
  expect(await backend.get('leaf/main', 'a')).toMatchObject({
    value: { tag: 'Raw', n: 1, path: 'p' },
    frames: [],
  })
  const framed = await makeQueues(lift(sequential(double, double)), backend, 'framed')
  await framed.input.push('a', Raw({ n: 1, path: 'p' }))
  expect(await backend.get('framed/main/0', 'a')).toMatchObject({
    value: 1,
    frames: [{ tag: 'Raw', n: 1, path: 'p' }],
  })
})

it('folds results into the states that were set aside, through several wrappers', async () => {
  const inner = wrapped(sequential(double, double), {
    input: Raw,
    output: Mid,
    pre: async ({ n }) => n + 1,
    post: async ({ path }, n) => Mid({ n, path: `${path}/inner` }),
  })
  const plain = wrapped(inner as Pipeline<any, any, any, unknown>, {
    input: Done,
    output: Worse,
    pre: ({ n, path }) => Raw({ n, path: `${path}/outer` }),
    post: ({ path }, mid) => Worse({ path: `${path} ${mid.path}`, why: String(mid.n) }),
  })
  const { backend, result } = await run(plain)
  expect(await result('a', Done({ n: 1, path: 'p' }))).toEqual({
    tag: 'Worse',
    path: 'p p/outer/inner',
    why: '8',
  })
  const row = await backend.get('flow/output', 'a')
  expect(row).toBeUndefined()
})

it('leaves no frame behind on a token that comes out', async () => {
  const { backend, queues } = await run(lift(sequential(double, double)))
  await queues.input.push('a', Raw({ n: 1, path: '' }))
  await queues.output.read()
  expect(await backend.get('flow/output', 'a')).toMatchObject({ frames: [] })
})

it('takes tokens through a workflow in a workflow', async () => {
  const inside = workflow({
    input: Mid,
    output: Done,
    stages: {
      a: wrapped(double, { input: Mid, output: Raw, pre: ({ n }) => n, post: (s, n) => Raw({ ...s, n }) }),
      b: wrapped(double, { input: Raw, output: Done, pre: ({ n }) => n, post: (s, n) => Done({ ...s, n }) }),
    },
  })
  const flow = workflow({
    input: Raw,
    output: Done,
    stages: {
      first: wrapped(double, {
        input: Raw,
        output: Mid,
        pre: ({ n }) => n,
        post: (s, n) => Mid({ ...s, n }),
      }),
      second: inside,
    },
  })
  const backend = await openUsual()
  const { input, artifacts } = await makeQueues(flow, backend, 'flow')
  expect((await backend.count()).map(({ queue }) => queue)).toEqual([
    'flow/first',
    'flow/second/a',
    'flow/second/b',
    'flow/output',
  ])
  const { first, second } = artifacts()
  const stop = new AbortController()
  const running = [first, second.a, second.b].map((start) => start(stop.signal))
  await input.push('a', Raw({ n: 1, path: '' }))
  await expect.poll(async () => (await backend.get('flow/output', 'a'))?.value).toMatchObject({ n: 8 })
  stop.abort()
  await Promise.all(running)
})

const failing = (path: string, failed: boolean) => ({
  input: Raw,
  output: Done,
  pre: ({ n }: { n: number }) => n,
  post: (_: unknown, n: number) => Done({ n, path }),
  ...(failed && {
    failed: {
      to: Bad,
      as: (state: { path: string }, failure: { message: string; attempts: number }) =>
        Bad({ path: `${path} of ${state.path}`, why: failure.message, attempts: failure.attempts }),
    },
  }),
})

it('sends a token that fails inside a composite where the wrapper around it says', async () => {
  const { result } = await run(wrapped(sequential(double, double), failing('whole', true) as any))
  expect(await result('a', Raw({ n: -1, path: 'p' }))).toEqual({
    ...{ tag: 'Bad', path: 'whole of p', why: 'cannot double -1', attempts: 1 },
  })
})

it('prefers the innermost wrapper that says where failures go', async () => {
  const outside = {
    input: Mid,
    output: oneOf(Done, Bad),
    pre: ({ n, path }: { n: number; path: string }) => Raw({ n, path }),
    post: (_: unknown, state: any) => state,
    failed: { to: Worse, as: ({ path }: { path: string }) => Worse({ path, why: 'outside' }) },
  }
  for (const [has, tag] of [
    [true, 'Bad'],
    [false, 'Worse'],
  ] as const) {
    const inside = wrapped(sequential(double, double), failing('inside', has) as any)
    const { result } = await run(wrapped(inside as Pipeline<any, any, any, unknown>, outside))
    expect(await result('a', Mid({ n: -1, path: 'p' }))).toMatchObject({ tag })
    const leaf = wrapped(double, failing('leaf', has) as any)
    const { result: ofLeaf } = await run(wrapped(leaf as Pipeline<any, any, any, unknown>, outside))
    expect(await ofLeaf('a', Mid({ n: -1, path: 'p' }))).toMatchObject({ tag })
  }
})

it('buries a token with both errors when its `failed` route fails too', async () => {
  const { dead, queues, backend } = await run(
    wrapped(double, {
      ...failing('x', false),
      failed: {
        to: Bad,
        as: () => {
          throw new RangeError('no way out')
        },
      },
    }),
  )
  await queues.input.push('a', Raw({ n: -1, path: '' }))
  const { error } = await dead('a')
  expect(error!.message).toBe(
    'cannot double -1 - and then its `failed` route failed too: RangeError: no way out',
  )
  expect((await backend.journey('flow', 'a'))!.lines.map(({ event }) => event)).toEqual(['entered', 'buried'])
})

it('fails the stage before when `pre` throws at the entrance of a composite', async () => {
  const next = wrapped(sequential(double, double), {
    input: Mid,
    output: Done,
    pre: ({ n }): number => {
      throw Object.assign(new Error(`no entrance for ${n}`), { retry: false })
    },
    post: (s, n) => Done({ ...s, n }),
  })
  const flow = workflow({
    input: Raw,
    output: oneOf(Done, Bad),
    stages: {
      before: wrapped(double, {
        input: Raw,
        output: Mid,
        pre: ({ n }) => n,
        post: (s, n) => Mid({ ...s, n }),
        failed: { to: Bad, as: (s, { message, attempts }) => Bad({ path: s.path, why: message, attempts }) },
      }),
      next,
    },
  })
  const backend = await openUsual()
  const { input, artifacts, output } = await makeQueues(flow, backend, 'flow')
  const stop = new AbortController()
  const running = artifacts().before(stop.signal)
  await input.push('a', Raw({ n: 1, path: '' }))
  expect((await output.read()).value).toMatchObject({ tag: 'Bad', why: 'no entrance for 2' })
  stop.abort()
  await running
})

it('tries again when `post` throws, as any failure', async () => {
  let asked = 0
  const { result } = await run(
    wrapped(worker({ ...io, process: twice, retry: { minMs: 0, maxMs: 0 } }), {
      input: Raw,
      output: Done,
      pre: ({ n }) => n,
      post: (s, n) => {
        if (++asked < 3) throw new Error('not yet')
        return Done({ ...s, n })
      },
    }),
  )
  expect(await result('a', Raw({ n: 1, path: '' }))).toMatchObject({ n: 2 })
  expect(asked).toBe(3)
})

it('refuses a state that is too long to be set aside', async () => {
  const { backend, queues } = await run(lift(sequential(double, double)))
  const long = Raw({ n: 1, path: 'x'.repeat(maxValueBytes) })
  await expect(queues.input.push('a', long)).rejects.toMatchObject({ code: 'invalid' })
  expect(await backend.journey('flow', 'a')).toBeUndefined()
})

it('buries a token, without trying again, whose state set aside does not fit any more', async () => {
  const { backend, dead } = await run(lift(sequential(double, double)))
  const token = { id: 'a', hop: 1, frames: [{ tag: 'Raw', n: 'one' }], priority: 0, deploy: 1 }
  await backend.commit([{ kind: 'push', queue: 'flow/main/1', value: 1, enter: 'refuse', token }])
  const { attempts, error } = await dead('a')
  expect(attempts).toBe(0)
  expect(error!.message).toContain('n: ')
})

it('opens the state set aside with the defaults of today', async () => {
  const { backend, queues } = await run(lift(sequential(double, double)))
  const token = { id: 'a', hop: 1, frames: [{ tag: 'Raw', n: 1 }], priority: 0, deploy: 1 }
  await backend.commit([{ kind: 'push', queue: 'flow/main/1', value: 1, enter: 'refuse', token }])
  expect((await queues.output.read()).value).toMatchObject({ path: '.' })
})
