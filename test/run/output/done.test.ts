import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { BackendError, type Done, type Finished, type Log, makeQueues, worker } from '../../../src/index.ts'
import { outputWorker } from '../../../src/pipeline/output-worker.ts'
import type { Backend } from '../../../src/queue/backend.ts'
import { silent } from '../../../src/run/log.ts'
import { checkDone } from '../../../src/run/output/done.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { openersOf, openUsual } from '../../on/open.ts'
import { settle, until } from '../stage-rig.ts'

const upper = worker({ input: z.string(), output: z.string(), process: (text) => text.toUpperCase() })

const backends = openersOf('memory', 'sqlite', 'http')

/** The workflow `w` of one stage, and the loop of its output, on `backend`. */
async function makeRig(
  done: Done<string, { unit: string }>,
  open: (options: { readonly clock: FakeClock }) => Promise<Backend> = openUsual,
  log: Log = silent,
) {
  const clock = new FakeClock()
  const backend = await open({ clock })
  const queues = await makeQueues(upper, backend, 'w', { clock, log })
  const stop = new AbortController()
  const given = { unit: 'mm' }
  const { runtime } = queues
  const running = [
    queues.artifacts()(stop.signal),
    outputWorker(upper, { done: checkDone(done), given, runtime })(stop.signal),
  ]
  onTestFinished(async () => {
    stop.abort()
    await Promise.all(running)
    await backend.close()
  })
  const lines = async (id: string) => (await backend.journey('w', id))!.lines
  return { backend, clock, queues, lines, stop }
}

it('calls `done` later, and charges nothing, when the database is away', async () => {
  let fails = 5
  const attempts: number[] = []
  const { queues, clock, lines } = await makeRig(
    { retry: { attempts: 1 }, process: ({ attempt }) => attempts.push(attempt) },
    async (options) => {
      const inner = await openUsual(options)
      const get: Backend['get'] = async (queue, id) => {
        if (queue === 'w/output' && fails-- > 0) throw new BackendError('The line is down.')
        return inner.get(queue, id)
      }
      return { ...inner, get }
    },
  )
  await queues.input.push('a', 'x')
  await until(async () => {
    await clock.advance(1000)
    return (await lines('a')).at(-1)?.event === 'popped'
  })
  expect(attempts).toEqual([1])
})

describe.each(Object.entries(backends))('on %s', (_, open) => {
  it('calls `done` with each finished token and what the stages are given, and takes it off the output', async () => {
    const calls: (readonly [Finished<string>, object])[] = []
    const { queues, backend, lines, clock } = await makeRig((token, given) => {
      calls.push([{ ...token }, given])
    }, open)
    const at = clock.now()
    await queues.input.push('a', 'hello')
    await until(async () => (await queues.output.count()) === 0 && calls.length === 1)
    const [token, given] = calls[0]!
    expect(token).toMatchObject({ id: 'a', value: 'HELLO', key: 'a:2', attempt: 1, finishedAt: at })
    expect(given).toEqual({ unit: 'mm' })
    await until(async () => (await lines('a')).length === 3)
    expect(await lines('a')).toMatchObject([
      { event: 'entered' },
      { event: 'moved', to: 'w/output' },
      { event: 'popped', queue: 'w/output', attempt: 1 },
    ])
    expect(await backend.journey('w', 'a')).toMatchObject({ outcome: 'done', finishedAt: at })
    expect(await backend.get('w/output', 'a')).toBeUndefined()
  })
})

it('calls it again with the same key after a failure, and charges that; then the token is dead until it is revived', async () => {
  const seen: (readonly [string, number])[] = []
  let isBroken = true
  const { queues, backend, clock, lines } = await makeRig({
    retry: { attempts: 2, minMs: 10, maxMs: 10 },
    process: async ({ key, attempt }) => {
      seen.push([key, attempt])
      if (isBroken) throw new Error('the archive is shut')
    },
  })
  await queues.input.push('a', 'x')
  await until(() => seen.length === 1)
  await settle()
  await clock.advance(10)
  await until(async () => (await backend.get('w/output', 'a'))?.status === 'dead')
  expect(seen).toEqual([
    ['a:2', 1],
    ['a:2', 2],
  ])
  expect(await lines('a')).toMatchObject([
    {},
    {},
    { event: 'postponed', queue: 'w/output', attempt: 1, error: { message: 'the archive is shut' } },
    { event: 'buried', queue: 'w/output', attempt: 2 },
  ])
  isBroken = false
  await backend.commit([{ kind: 'revive', queue: 'w/output', id: 'a', actor: 'ann' }])
  await until(async () => (await queues.output.count()) === 0)
  expect(seen.at(-1)).toEqual(['a:2', 1])
})

it('aborts its signal when the token is taken away, and logs with its name', async () => {
  let aborted = false
  const logged: unknown[] = []
  const log: Log = { ...silent, info: (message, fields) => void logged.push({ message, ...fields }) }
  const { queues, backend, clock } = await makeRig(
    {
      leaseMs: 1000,
      process: ({ signal, log }) => {
        log.info('Sending.')
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            aborted = true
            reject(signal.reason)
          }),
        )
      },
    },
    backends['memory'],
    log,
  )
  await queues.input.push('a', 'x')
  await until(() => logged.length === 1)
  expect(logged).toEqual([{ message: 'Sending.', queue: 'w/output', id: 'a', hop: 2, attempt: 1 }])
  await backend.commit([{ kind: 'take', queue: 'w/output', id: 'a', event: 'cancelled', actor: 'ann' }])
  await clock.advance(1000)
  await until(() => aborted)
  expect(await queues.output.count()).toBe(0)
})

it.each([
  [null, '`done` has null, which is no object.'],
  [{ proces: () => {} }, '`done` has "proces", which nothing reads. Did you mean "process"?'],
  [{ concurrency: 2 }, '`done` has no function `process`, which is called with each finished token.'],
  [{ process: () => {}, concurrency: 0 }, 'concurrency is 0; it is a whole number from 1.'],
])('refuses %j', (done, sentence) => {
  expect(() => checkDone(done as any)).toThrow(sentence)
})
