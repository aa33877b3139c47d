import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import {
  type Backend,
  isolated,
  makeQueues,
  state,
  type WorkContext,
  worker,
  wrapped,
} from '../../src/index.ts'
import { openersOf } from '../on/open.ts'

const tenant = new AsyncLocalStorage<object>()
const Text = state('Text', z.object({ text: z.string() }))

type Process = (text: string, ctx: WorkContext) => string | Promise<string>

/** One stage that works, started in the context `worker`; `seen` has the context in which each of its functions ran. */
async function start(backend: Backend, process: Process = (text) => text) {
  const seen: (readonly [what: string, store: object | undefined])[] = []
  const see = (what: string) => seen.push([what, tenant.getStore()])
  const work = worker({
    input: z.string(),
    output: z.string(),
    concurrency: 2,
    retry: { attempts: 1 },
    process: (text, ctx) => {
      see(`work on ${ctx.id}`)
      ctx.signal.addEventListener('abort', () => see('abort'))
      return process(text, ctx)
    },
  })
  const flow = wrapped(work, {
    input: Text,
    output: Text,
    pre: ({ text }) => {
      see('pre')
      return text
    },
    post: (_, text) => {
      see('post')
      return Text({ text })
    },
    failed: {
      to: Text,
      as: (_, { message }) => {
        see('as')
        return Text({ text: message })
      },
    },
  })
  const queues = await makeQueues(flow, backend, 'flow')
  const stop = new AbortController()
  const store = { name: 'worker' }
  const running = tenant.run(store, () => queues.artifacts()(stop.signal))
  onTestFinished(async () => {
    stop.abort()
    await running
    await backend.close()
  })
  const push = (id: string, delayMs = 0) =>
    tenant.run({ name: id }, () => queues.input.push(id, Text({ text: id }), { delayMs }))
  const done = async () => (await backend.count('flow/output'))[0]!.ready
  return { backend, queues, push, seen, done, store }
}

describe.each(Object.entries(openersOf('memory', 'sqlite', 'http')))('over %s', (_, open) => {
  it('runs all functions of a worker in the context in which it was started', async () => {
    const { push, queues, seen, done, store } = await start(await open({}), (text) => {
      // It must not stick to what runs after it.
      tenant.enterWith({ name: 'entered' })
      if (text.startsWith('bad')) throw new Error('no')
      return text
    })
    await push('idle')
    await expect.poll(done).toBe(1)
    await Promise.all([push('a'), push('b'), push('bad'), push('later', 50), push('even later', 100)])
    await queues.input.push('no child', Text({ text: 'x' }), { delayMs: 120 })
    await expect.poll(done, { timeout: 10_000 }).toBe(7)
    // What comes after the work sees what it has entered up to Node 22, and what the worker was started in from Node 24.
    const isOwn = (what: string, at: object | undefined) =>
      at === store || (/^(post|as)$/.test(what) && (at as { name: string }).name === 'entered')
    expect(seen.filter(([what, at]) => !isOwn(what, at))).toEqual([])
    expect(new Set(seen.map(([what]) => what.split(' ')[0]))).toEqual(new Set(['pre', 'work', 'post', 'as']))
  })

  it('calls a listener in the context in which it began to listen', async () => {
    const { backend, push } = await start(await open({}))
    const heard: unknown[] = []
    const mine = { name: 'listener' }
    const unwatch = tenant.run(mine, () => backend.watch(() => void heard.push(tenant.getStore())))
    onTestFinished(unwatch)
    await push('a')
    await push('b', 60)
    await expect.poll(() => heard.length, { timeout: 10_000 }).toBeGreaterThan(2)
    expect(heard.filter((store) => store !== mine)).toEqual([])
  })
})

describe.each(Object.entries(openersOf('memory', 'sqlite')))('over %s', (_, open) => {
  it('keeps nothing alive of the context of who pushes, also if the token waits for long', async () => {
    const { backend, queues, push, done } = await start(await open({}))
    await push('first')
    await expect.poll(done).toBe(1)
    const stores = [await pushAndForget('now', 0), await pushAndForget('late', 3_600_000)]
    await expect.poll(done).toBe(2)
    await queues.input.push('last', Text({ text: '' }))
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    await expect
      .poll(
        async () => {
          await sleep(0)
          gc()
          return stores.map((store) => store.deref())
        },
        { timeout: 15_000, interval: 200 },
      )
      .toEqual([undefined, undefined])
    expect(await backend.get('flow/main', 'late')).toMatchObject({ status: 'delayed' })

    async function pushAndForget(id: string, delayMs: number): Promise<WeakRef<object>> {
      const store = { name: id }
      await tenant.run(store, () => queues.input.push(id, Text({ text: id }), { delayMs }))
      return new WeakRef(store)
    }
  })
})

it('reports progress and logs in the context of the work, also if its process did other work before', async () => {
  const task = new URL('./fixtures/odd-jobs.task.ts', import.meta.url)
  const run = isolated<typeof import('./fixtures/odd-jobs.task.ts')>(task, { in: 'thread', idleMs: 60_000 })
  const heard: unknown[] = []
  const hear = () => void heard.push(tenant.getStore())
  const log = { debug: hear, info: hear, warn: hear, error: hear }
  const { signal } = new AbortController()
  const ctx = { id: 'a', key: 'a:1', stageKey: 'a@w/s', attempt: 1, signal, log, progress: hear }
  const stores = [{ n: 1 }, { n: 2 }]
  for (const store of stores) await tenant.run(store, () => run({ act: 'tell' }, ctx))
  expect(heard).toEqual([stores[0], stores[0], stores[1], stores[1]])
})
