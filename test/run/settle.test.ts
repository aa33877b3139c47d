import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import {
  type Backend,
  BackendError,
  makeQueues,
  oneOf,
  stage,
  state,
  worker,
  workflow,
  wrapped,
} from '../../src/index.ts'
import type { Ends } from '../../src/pipeline/make-ends.ts'
import type { Change } from '../../src/queue/contract.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { openUsual } from '../on/open.ts'
import { makeGate, makeRig, settle, until } from './stage-rig.ts'

// How what comes of a message is recorded while the database fails: for workers and for loops by hand alike.

type Loop = (ends: Ends<string, string>, signal: AbortSignal) => Promise<void>

const unreachable = () => new BackendError('The backend did not answer.')

/** A stage by hand over a backend that a test can break; `loop` is what it runs. */
async function openByHand(loop: Loop = async () => {}) {
  const clock = new FakeClock()
  const inner = await openUsual({ clock })
  const broken = {
    commit: 'no' as 'no' | 'before' | 'after',
    history: false,
    hangs: undefined as Promise<void> | undefined,
  }
  const counts = { watches: 0, leases: 0 }
  const errors: string[] = []
  const backend: Backend = {
    ...inner,
    async commit(changes) {
      if (changes[0]?.kind !== 'push' && broken.hangs) await broken.hangs
      if (changes[0]?.kind !== 'push' && broken.commit === 'before') throw unreachable()
      const receipt = await inner.commit(changes)
      if (changes[0]?.kind === 'push' || broken.commit === 'no') return receipt
      broken.commit = 'no'
      throw unreachable()
    },
    async journey(...asked) {
      if (broken.history) throw unreachable()
      return inner.journey(...asked)
    },
    async lease(queue, request) {
      counts.leases++
      if (broken.hangs) await broken.hangs
      return inner.lease(queue, request)
    },
    watch(listener) {
      counts.watches++
      return inner.watch(listener)
    },
  }
  const byHand = stage({
    ...{ input: z.string(), output: z.string(), leaseMs: 10_000, timeoutMs: 60_000, graceMs: 5000 },
    retry: { attempts: 1 },
    artifact: (ends) => Object.assign((signal: AbortSignal) => loop(ends, signal), { ends }),
  })
  const log = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (said: string) => void errors.push(said),
  }
  const queues = await makeQueues(byHand, backend, 'w', { clock, log })
  const run = queues.artifacts()
  return {
    ...{ broken, clock, counts, errors, inner, queues, run },
    ...run.ends,
    row: (id: string) => inner.get('w/main', id),
    /** Resolves when the loop has `id` in hand. */
    async hasRead(id: string) {
      await until(async () => (await inner.get('w/main', id))?.status === 'leased')
      await settle()
    },
    lines: async (id: string) => (await inner.journey('w', id))!.lines,
    /** Stores a value that does not fit. */
    pushOdd: (id: string) =>
      inner.commit([
        {
          ...{ kind: 'push', queue: 'w/main', value: 7, enter: 'refuse' },
          token: { id, hop: 1, frames: [], priority: 0, deploy: 1 },
        },
      ]),
    /** Lets another process charge an attempt on `id`, with an error of its own. */
    async charge(id: string, message: string) {
      const [leased] = await inner.lease('w/main', {
        owner: 'other',
        leaseMs: 1000,
        timeoutMs: 1000,
        ids: [id],
      })
      const fence = { queue: 'w/main', id, hop: leased!.hop, lease: leased!.lease }
      const error = { kind: 'error', name: 'PrinterError', message } as const
      await inner.commit([{ kind: 'postpone', ...fence, delayMs: 0, charge: true, error }])
    },
  }
}

const retrying = 'The outcome of a message could not be recorded; trying again.'

it('reads on when the answer to the burial of a message that does not fit was lost', async () => {
  const { broken, clock, errors, input, pushOdd, queues, row } = await openByHand()
  await pushOdd('odd')
  await queues.input.push('good', 'good')
  broken.commit = 'after'
  const reading = input.read()
  await until(() => errors.length > 0)
  await clock.advance(500)
  expect((await reading).id).toBe('good')
  expect(await row('odd')).toMatchObject({ status: 'dead' })
})

it('takes a failure for recorded that the history has, though its answer was lost', async () => {
  const { broken, clock, errors, input, queues, row, lines } = await openByHand()
  await queues.input.push('a', 'a')
  const message = await input.read()
  broken.commit = 'after'
  const failing = input.fail(message, new Error('no paper'))
  await until(() => errors.length > 0)
  await clock.advance(500)
  await failing
  expect(await row('a')).toMatchObject({ status: 'dead', error: { message: 'no paper' } })
  expect((await lines('a')).map(({ event }) => event)).toEqual(['entered', 'buried'])
  expect(errors).toEqual([retrying, 'The work failed for good; the token is dead.'])
})

it('logs a failure of a worker that the history has, though its answer was lost', async () => {
  let isLost = false
  const errors: string[] = []
  const say = (said: string) => void errors.push(said)
  const rig = await makeRig(() => Promise.reject(new Error('no paper')), {
    ...{ failed: false, retry: { attempts: 1 } },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: say },
    over: (backend) => ({
      ...backend,
      async commit(changes) {
        const receipt = await backend.commit(changes)
        if (changes[0]?.kind !== 'bury' || isLost) return receipt
        isLost = true
        throw unreachable()
      },
    }),
  })
  await rig.push('a')
  rig.start()
  await until(() => errors.length > 0)
  await rig.clock.advance(500)
  expect(errors).toEqual([retrying, 'The work failed for good; the token is dead.'])
})

it('gives a message up with the error of its last attempt when that can be asked for again, not with that of a lost lease', async () => {
  const { broken, charge, clock, errors, inner, input, queues, row, lines } = await openByHand()
  await queues.input.push('a', 'a')
  await charge('a', 'no paper')
  await inner.lease('w/main', { owner: 'killed', leaseMs: 1000, timeoutMs: 60_000 })
  await clock.advance(1000)
  await inner.lease('w/main', { owner: 'any', leaseMs: 1000, timeoutMs: 1000, limit: 0 })
  broken.history = true
  const stop = new AbortController()
  const refused = expect(input.read(stop.signal)).rejects.toThrow('aborted')
  await clock.advance(5000)
  expect(errors).toContain(retrying)
  expect(await row('a')).toMatchObject({ status: 'leased', attempts: 1 })
  broken.history = false
  await clock.advance(500)
  expect(await row('a')).toMatchObject({ status: 'dead', error: { message: 'no paper' } })
  expect((await lines('a')).map(({ event }) => event)).toEqual(['entered', 'postponed', 'expired', 'buried'])
  stop.abort()
  await refused
})

it('does not lease again and again what has no attempts left while its history cannot be read', async () => {
  let leases = 0
  let down = true
  const errors: string[] = []
  const rig = await makeRig((text) => text, {
    retry: { attempts: 1 },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: (said) => void errors.push(said) },
    over: (backend) => ({
      ...backend,
      journey: (...asked) => (down ? Promise.reject(unreachable()) : backend.journey(...asked)),
      async get(...asked) {
        if (down) throw unreachable()
        return backend.get(...asked)
      },
      async lease(queue, request) {
        const rows = await backend.lease(queue, request)
        leases += rows.length
        return rows
      },
    }),
  })
  await rig.push('a')
  await rig.inner.lease('make/main', { owner: 'other', leaseMs: 1000, timeoutMs: 1000 })
  await rig.clock.advance(1000)
  rig.start()
  await rig.clock.advance(5000)
  expect(leases).toBe(1)
  expect(errors).toContain(retrying)
  down = false
  await rig.clock.advance(500)
  expect(await rig.result('a')).toMatchObject({ kind: 'timeout', attempts: 1 })
})

it('ends a loop by hand with its grace, while the database cannot be written', async () => {
  const { broken, clock, hasRead, queues, run } = await openByHand(async ({ input }, signal) => {
    await input.read(signal)
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  await queues.input.push('a', 'a')
  const stop = new AbortController()
  let isOver = false
  const ended = run(stop.signal).catch(() => (isOver = true))
  await hasRead('a')
  broken.commit = 'before'
  stop.abort()
  await clock.advance(4900)
  expect(isOver).toBe(false)
  await clock.advance(100)
  await ended
})

it('ends a loop by hand a moment after its grace, while what it asked is not answered', async () => {
  const { broken, clock, hasRead, input, queues, run } = await openByHand(async ({ input }, signal) => {
    const message = await input.read(signal)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    await input.fail(message, new Error('no paper'))
  })
  await queues.input.push('a', 'a')
  const stop = new AbortController()
  const ended = expect(run(stop.signal)).rejects.toThrow(
    'The outcome of token "a" in queue "w/main" was not confirmed before the process had to end.',
  )
  await hasRead('a')
  const answer = makeGate()
  broken.hangs = answer.promise
  stop.abort()
  await clock.advance(6000)
  await ended
  answer.open()
  broken.hangs = undefined
  await expect(input.read(AbortSignal.abort())).rejects.toThrow('aborted')
})

it('waits for as long as a worker would for what is in hand where one of two runs goes on', async () => {
  const { broken, clock, hasRead, queues, run, row } = await openByHand(async ({ input }, signal) => {
    const { id } = await input.read(signal)
    if (id === 'a') await new Promise(() => {})
    await input.fail(id, new Error('no paper'))
  })
  await queues.input.push('a', 'a')
  const [first, second] = [new AbortController(), new AbortController()]
  void run(first.signal)
  await hasRead('a')
  await queues.input.push('b', 'b')
  const ended = run(second.signal)
  broken.commit = 'before'
  await hasRead('b')
  second.abort()
  await clock.advance(30_000)
  broken.commit = 'no'
  await clock.advance(500)
  await ended
  expect(await row('b')).toMatchObject({ status: 'dead' })
})

it('rejects a read as soon as it is called off, and gives back what its lease brings later', async () => {
  const { broken, clock, input, queues, row } = await openByHand()
  await queues.input.push('a', 'a')
  const answer = makeGate()
  broken.hangs = answer.promise
  const stop = new AbortController()
  const reading = input.read(stop.signal)
  await settle()
  stop.abort()
  await expect(reading).rejects.toThrow('aborted')
  answer.open()
  broken.hangs = undefined
  await until(async () => (await row('a'))?.lease === 1)
  await clock.advance(1)
  expect(await row('a')).toMatchObject({ status: 'ready', attempts: 0, suspect: false })
})

it('gives back what was to be refused, or is refused all the same, when its read is called off', async () => {
  const { broken, clock, errors, input, pushOdd, row } = await openByHand()
  await pushOdd('odd')
  broken.commit = 'before'
  const stop = new AbortController()
  const reading = input.read(stop.signal)
  await until(() => errors.length > 0)
  stop.abort()
  await expect(reading).rejects.toThrow('aborted')
  expect(await row('odd')).toMatchObject({ status: 'leased' })
  broken.commit = 'no'
  await clock.advance(500)
  expect(await row('odd')).toMatchObject({ status: 'dead' })
})

it('ends a worker a moment after its grace, though a lease is not answered; what that brings is given back', async () => {
  const answer = makeGate()
  let asked = 0
  const rig = await makeRig((text) => text, {
    graceMs: 2000,
    over: (backend) => ({
      ...backend,
      async lease(queue, request) {
        const rows = await backend.lease(queue, request)
        if (rows.length === 0) return rows
        asked++
        await answer.promise
        return rows
      },
    }),
  })
  await rig.push('a')
  let isOver = false
  const ended = rig.start().then(() => (isOver = true))
  await until(() => asked === 1)
  rig.stop.abort()
  await rig.clock.advance(2900)
  expect(isOver).toBe(false)
  await rig.clock.advance(100)
  await ended
  answer.open()
  await until(async () => (await rig.row('a'))?.status === 'ready')
})

it('ends a worker a moment after its grace, though a commit is not answered', async () => {
  const answer = makeGate()
  let asked = 0
  const rig = await makeRig((text) => text, {
    graceMs: 2000,
    over: (backend) => ({
      ...backend,
      async commit(changes: readonly Change[]) {
        if (changes[0]?.kind === 'pop') {
          asked++
          await answer.promise
        }
        return backend.commit(changes)
      },
    }),
  })
  await rig.push('a')
  const ended = rig.start()
  await until(() => asked === 1)
  rig.stop.abort()
  await rig.clock.advance(3000)
  await ended
  answer.open()
  await until(() => rig.result('a'))
})

it('has nothing in hand, and no error in the log, when a loop ends over an answer that was lost but recorded', async () => {
  const { broken, clock, errors, inner, queues, run } = await openByHand(
    async ({ input, output }, signal) => {
      const message = await input.read(signal)
      broken.commit = 'after'
      await output.push(message, 'done')
    },
  )
  await queues.input.push('a', 'a')
  await expect(run(new AbortController().signal)).rejects.toThrow('did not answer')
  expect(await inner.get('w/output', 'a')).toMatchObject({ value: 'done' })
  expect(queues.runtime.keeper.fences()).toEqual([])
  expect(errors).toEqual([])
  await clock.advance(1)
})

it('lets go of a message whose answer is refused since its lease is gone', async () => {
  const { input, inner, output, queues } = await openByHand()
  await queues.input.push('a', 'a')
  const message = await input.read()
  await inner.commit([{ kind: 'take', queue: 'w/main', id: 'a', event: 'cancelled' }])
  await expect(output.push(message, 'late')).rejects.toMatchObject({ code: 'lease_lost' })
  expect(queues.runtime.keeper.fences()).toEqual([])
})

it('watches once for as long as a read waits, and not at all where there is always something', async () => {
  const { counts, clock, input, inner, output, queues } = await openByHand()
  await queues.input.push('a', 'a')
  await output.push(await input.read(), 'a')
  expect(counts).toEqual({ watches: 0, leases: 1 })
  const reading = input.read()
  for (let n = 0; n < 5; n++) {
    await inner.commit([{ kind: 'gate', name: 'w/main', closed: true }])
    await inner.commit([{ kind: 'gate', name: 'w/main', closed: false }])
    await clock.advance(1)
  }
  expect(counts.watches).toBe(1)
  await queues.input.push('b', 'b')
  expect((await reading).id).toBe('b')
})

it('leaves to a newer version, also as it reads, what leads to a queue that this one has left out', async () => {
  const clock = new FakeClock()
  const backend = await openUsual({ clock })
  const [In, Done, Bad] = ['In', 'Done', 'Bad'].map((tag) => state(tag, z.object({ n: z.number() })))
  const wrapping = {
    input: In!,
    pre: ({ n }: { n: number }) => n,
    post: (_: unknown, n: number) => Done!({ n }),
  }
  const byHand = () =>
    stage({
      ...{ input: z.number(), output: z.number(), leaseMs: 1000, timeoutMs: 1000, retry: { attempts: 1 } },
      artifact: ({ input }: Ends<number, number>) => input,
    })
  const failed = { to: Bad!, as: ({ n }: { n: number }) => Bad!({ n }) }
  const rescue = worker({ input: Bad!, output: Done!, process: ({ n }) => Done!({ n }) })
  const older = workflow({
    ...{ input: In!, output: Done! },
    stages: { first: wrapped(byHand(), { ...wrapping, output: oneOf(Done!, Bad!), failed }), rescue },
  } as never)
  const newer = workflow({
    ...{ input: In!, output: Done! },
    stages: { first: wrapped(byHand(), { ...wrapping, output: Done! }) },
  } as never)
  const queues = await makeQueues(older, backend, 'w', { clock })
  await (queues.input as any).push('x', In!({ n: 1 }))
  await backend.lease('w/first', { owner: 'gone', leaseMs: 100, timeoutMs: 100 })
  await clock.advance(100)
  await makeQueues(newer, backend, 'w', { clock })
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const reading = (queues.artifacts() as any).first.read(stop.signal) as Promise<unknown>
  const refused = expect(reading).rejects.toThrow('aborted')
  await until(async () => (await backend.get('w/first', 'x'))?.status === 'delayed')
  expect(await backend.get('w/first', 'x')).toMatchObject({
    attempts: 1,
    error: { name: 'NewerDeployError' },
  })
  expect(queues.runtime.keeper.fences()).toEqual([])
  stop.abort()
  await refused
})
