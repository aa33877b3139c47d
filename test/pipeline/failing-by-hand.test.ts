import { expect, it } from 'vitest'
import * as z from 'zod'
import { type Backend, BackendError, makeQueues, stage, state, wrapped } from '../../src/index.ts'
import type { Ends } from '../../src/pipeline/make-ends.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { openUsual } from '../on/open.ts'
import { makeGate } from '../run/stage-rig.ts'

type Loop = (ends: Ends<string, number>, signal: AbortSignal) => Promise<void>

const Text = state('Text', z.object({ text: z.string() }))
const Length = state('Length', z.object({ length: z.number() }))
const Refused = state('Refused', z.object({ why: z.string() }))

/** The stage that `loop` is written for, and what its messages become. */
async function open(
  loop: Loop = async () => {},
  { attempts = 3, clock = new FakeClock(), over = (backend: Backend) => backend } = {},
) {
  const backend = over(await openUsual({ clock }))
  const logged: string[] = []
  const say = (message: string) => void logged.push(message)
  const byHand = stage({
    input: z.string(),
    output: z.number(),
    retry: { attempts, minMs: 1000, maxMs: 1000 },
    artifact: (ends) => Object.assign((signal: AbortSignal) => loop(ends, signal), { ends }),
  })
  const count = wrapped(byHand, {
    input: Text,
    output: Length,
    pre: ({ text }) => text,
    post: (_, length) => Length({ length }),
    failed: { to: Refused, as: (_, { message, attempts }) => Refused({ why: `${message} (${attempts})` }) },
  })
  const log = { debug: say, info: say, warn: say, error: say }
  const queues = await makeQueues(count, backend, 'count', { clock, log })
  const push = async (...ids: string[]) => {
    for (const id of ids) await queues.input.push(id, Text({ text: id }))
  }
  const run = queues.artifacts()
  const row = (id: string) => backend.get('count/main', id)
  const lastLine = async (id: string) => (await backend.journey('count', id))!.lines.at(-1)!
  return { clock, backend, queues, push, run, ends: run.ends, row, lastLine, logged }
}

const never = new AbortController().signal

it('fails the attempt on a message in hand, with its error in the history and a line in the log', async () => {
  const { push, ends, row, lastLine, logged } = await open()
  await push('a')
  await ends.input.read()
  const cause = new TypeError('no such page')
  await ends.input.fail('a', new Error('cannot count', { cause }))
  expect(await row('a')).toMatchObject({ status: 'delayed', attempts: 1 })
  const { event, attempt, error } = await lastLine('a')
  expect({ event, attempt }).toEqual({ event: 'postponed', attempt: 1 })
  expect(error).toMatchObject({
    kind: 'error',
    message: 'cannot count',
    stack: expect.stringContaining('failing-by-hand.test.ts'),
    causes: [{ name: 'TypeError', message: 'no such page' }],
  })
  expect(logged).toContain('The work failed; it is tried again.')
  await expect(ends.input.fail('a', new Error('again'))).rejects.toMatchObject({ code: 'lease_lost' })
})

// Seen to fail: it resolved, as if the failure had been recorded.
it('rejects as any answer does when the lease is lost before the failure could be recorded', async () => {
  let isFull = false
  let inner: Backend
  const { clock, backend, push, ends, row, lastLine } = await open(undefined, {
    over: (backend) => {
      inner = backend
      return {
        ...backend,
        commit: (changes) =>
          isFull ? Promise.reject(new BackendError('The disk is full.')) : backend.commit(changes),
      }
    },
  })
  await push('a')
  const message = await ends.input.read()
  isFull = true
  const failed = ends.input.fail(message, new Error('cannot count')).catch((error: unknown) => error)
  const { lease } = (await row('a'))!
  const fence = { queue: 'count/main', id: 'a', hop: message.hop, lease }
  // An administrator gives it back, and another process reads it.
  await inner!.commit([{ kind: 'postpone', ...fence, delayMs: 0, charge: false }])
  const request = { owner: 'other', leaseMs: 60_000, timeoutMs: 60_000 }
  expect(await backend.lease('count/main', request)).toMatchObject([{ id: 'a', attempts: 0 }])
  await clock.advance(20_000)
  const sentence = 'The lease on token "a" in queue "count/main" is gone; the answer was refused.'
  expect(await failed).toMatchObject({ code: 'lease_lost', message: sentence })
  expect(await lastLine('a')).toMatchObject({ event: 'released' })
})

it('goes where `failed` leads when the last attempt has failed', async () => {
  const { clock, queues, push, ends } = await open(undefined, { attempts: 2 })
  await push('a')
  await ends.input.read()
  await ends.input.fail('a', new Error('cannot count'))
  await clock.advance(1000)
  expect(await ends.input.read()).toMatchObject({ id: 'a', attempt: 2 })
  await ends.input.fail('a', new Error('cannot count'))
  expect(await queues.output.get('a')).toEqual(Refused({ why: 'cannot count (2)' }))
})

it('fails a finished token that cannot be taken over', async () => {
  const { queues, push, ends, backend } = await open()
  await push('a')
  await ends.input.read()
  await ends.output.push('a', 1)
  await queues.output.read()
  await queues.output.fail('a', new Error('no room'))
  expect(await backend.get('count/output', 'a')).toMatchObject({ status: 'delayed', attempts: 1 })
})

it('fails what a loop has in hand with what it throws, before it rejects', async () => {
  const { push, run, row, lastLine } = await open(async ({ input }) => {
    const { id } = await input.read()
    throw new Error(`cannot do ${id}`)
  })
  await push('a', 'b')
  await expect(run(never)).rejects.toThrow('cannot do a')
  expect(await row('a')).toMatchObject({ status: 'delayed', attempts: 1 })
  expect(await lastLine('a')).toMatchObject({ event: 'postponed', error: { message: 'cannot do a' } })
  expect(await row('b')).toMatchObject({ status: 'ready', attempts: 0 })
})

/** A loop that reads until it has `most`, or for a while, before it works on what it has, and throws at what is called `bad`. */
function inBatches(most: number, whileMs: number, clock: FakeClock): Loop {
  return async ({ input, output }, signal) => {
    for (;;) {
      const batch = [await input.read(signal)]
      const full = new AbortController()
      clock.after(whileMs, () => full.abort())
      const end = AbortSignal.any([signal, full.signal])
      const add = (message: (typeof batch)[number]) => void batch.push(message)
      while (batch.length < most && !end.aborted) await input.read(end).then(add, () => {})
      await new Promise<void>((resolve) => clock.after(200, resolve))
      for (const { value } of batch) if (value === 'bad') throw new Error('cannot do it')
      for (const message of batch) await output.push(message, message.value.length)
    }
  }
}

/** Runs `loop` again and again, as the command line does, until `bad` is out; returns how often it rejected. */
async function runAgain({ clock, run, queues }: Awaited<ReturnType<typeof open>>): Promise<number> {
  const stop = new AbortController()
  let rejected = 0
  const keep = async () => {
    while (!stop.signal.aborted) await run(stop.signal).catch(() => stop.signal.aborted || rejected++)
  }
  const ended = keep()
  for (let n = 0; n < 1000 && !(await queues.output.get('bad')); n++) await clock.advance(200)
  await clock.advance(3000)
  stop.abort()
  await clock.advance(1000)
  await ended
  return rejected
}

// Seen to fail: all were given back as they were, and went round for ever.
it('has each of several worked on alone when a loop rejects that any of them may be to blame for', async () => {
  const clock = new FakeClock()
  const rig = await open(inBatches(3, 500, clock), { clock, attempts: 2 })
  await rig.push('a', 'bad', 'b')
  expect(await runAgain(rig)).toBe(3)
  expect(await rig.queues.output.get('bad')).toEqual(Refused({ why: 'cannot do it (2)' }))
  for (const id of ['a', 'b']) {
    const { lines } = (await rig.backend.journey('count', id))!
    expect(lines.map(({ event, attempt }) => [event, attempt])).toEqual([
      ['entered', undefined],
      ['released', undefined],
      ['moved', 1],
    ])
    expect(lines[1]).toMatchObject({ error: { message: 'cannot do it' } })
  }
  expect(rig.logged).toContain(
    'The work on several failed, and any may be to blame; it is worked on alone next.',
  )
})

// Seen to fail: with none of several ever charged.
it('charges a suspect that a loop works on beside others all the same, and rejects again', async () => {
  const clock = new FakeClock()
  const rig = await open(inBatches(2, 60_000, clock), { clock, attempts: 2 })
  await rig.push('bad', ...Array.from({ length: 40 }, (_, n) => `good ${n}`))
  expect(await runAgain(rig)).toBeLessThan(6)
  expect(await rig.queues.output.get('bad')).toEqual(Refused({ why: 'cannot do it (2)' }))
})

// Seen to fail: the attempt of the other loop was charged.
it('charges no single message that another loop may have read', async () => {
  const { push, run, row, lastLine } = await open(async ({ input, output }, signal) => {
    let throwIt = () => {}
    const thrown = new Promise<void>((resolve) => (throwIt = resolve))
    const first = async () => {
      const message = await input.read(signal)
      await output.push(message, 1)
      await thrown
      throw new Error('cannot go on')
    }
    const second = async () => {
      await input.read(signal)
      throwIt()
    }
    await Promise.all([first(), second()])
  })
  const ended = run(never)
  await push('a')
  await push('b')
  await expect(ended).rejects.toThrow('cannot go on')
  expect(await row('b')).toMatchObject({ status: 'ready', attempts: 0, suspect: true })
  expect(await lastLine('b')).toMatchObject({ event: 'released' })
})

it('gives back, uncharged, what a loop has in hand that was asked to stop', async () => {
  const stop = new AbortController()
  const { push, run, row } = await open(async ({ input }, signal) => {
    await input.read(signal)
    stop.abort()
    signal.throwIfAborted()
  })
  await push('a')
  await expect(run(stop.signal)).rejects.toThrow()
  expect(await row('a')).toMatchObject({ status: 'ready', attempts: 0 })
})

it('does not charge a message with what the database has failed at', async () => {
  const { push, run, row } = await open(async ({ input }) => {
    await input.read()
    throw new BackendError('The disk is full.')
  })
  await push('a')
  await expect(run(never)).rejects.toThrow('The disk is full.')
  expect(await row('a')).toMatchObject({ status: 'ready', attempts: 0 })
})

// Seen to fail: what the loop that rejects had in hand was left to its lease.
it('answers for one of several loops of a stage what that one has read, and nothing that another has', async () => {
  const kept = { done: 0 }
  const gate = makeGate()
  const clock = new FakeClock()
  const backend = await openUsual({ clock })
  const loops = stage({
    input: z.string(),
    output: z.number(),
    retry: { attempts: 3, minMs: 1000, maxMs: 1000 },
    artifact: ({ input, output }) =>
      Object.assign(kept, {
        input,
        async slow(signal: AbortSignal) {
          const { id, value } = await input.read(signal)
          await gate.promise
          await output.push(id, value.length)
          kept.done++
        },
        others: [
          async (signal: AbortSignal) => {
            const { id } = await input.read(signal)
            throw new Error(`cannot do ${id}`)
          },
        ] as const,
      }),
  })
  const queues = await makeQueues(loops, backend, 'loops', { clock })
  const { slow, others, input } = queues.artifacts()
  const row = (id: string) => backend.get('loops/main', id)
  await queues.input.push('abc', 'abc')
  const running = slow(never)
  await expect.poll(async () => (await row('abc'))?.status).toBe('leased')
  await queues.input.push('b', 'b')
  await expect(others[0](never)).rejects.toThrow('cannot do b')
  expect(await row('b')).toMatchObject({ status: 'delayed', attempts: 1 })
  expect(await row('abc')).toMatchObject({ status: 'leased' })
  gate.open()
  await running
  expect(await queues.output.get('abc')).toBe(3)
  expect([kept.done, await input.count()]).toEqual([1, 1])
})

it('leaves to a loop what it works on when another run of it rejects', async () => {
  let runs = 0
  let finish = () => {}
  const finished = new Promise<void>((resolve) => (finish = resolve))
  let isReading = true
  const { push, run, queues } = await open(async ({ input, output }) => {
    if (runs++ > 0) throw new Error('cannot begin')
    const { id, value } = await input.read()
    isReading = false
    await finished
    await output.push(id, value.length)
  })
  await push('abc')
  const first = run(never)
  await expect.poll(() => isReading).toBe(false)
  await expect(run(never)).rejects.toThrow('cannot begin')
  finish()
  await first
  expect(await queues.output.get('abc')).toEqual(Length({ length: 3 }))
})
