import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { makeQueues, oneOf, stage, state, worker, workflow, wrapped } from '../../src/index.ts'
import type { Ends } from '../../src/pipeline/make-ends.ts'
import { soloOf } from '../../src/run/suspects/solo-of.ts'
import { crashing, FakeClock } from '../../src/testing/index.ts'
import { openUsual } from '../on/open.ts'
import { makeGate, settle, until } from './stage-rig.ts'

// Stages whose loop is written by hand, in a process with a worker: who may read a suspect, and beside whom.

const Text = z.object({ text: z.string() })
const [Read, Work, Done] = [state('Read', Text), state('Work', Text), state('Done', Text)]

async function open(process: (text: string) => Promise<string> | string = (text) => text) {
  const clock = new FakeClock()
  const inner = await openUsual({ clock })
  const backend = crashing(
    {
      ...inner,
      async lease(queue, request) {
        const rows = await inner.lease(queue, request)
        if (request.suspects === 'only') await before.answer
        return rows
      },
    },
    {},
  )
  const before = { answer: Promise.resolve() }
  const io = { input: z.string(), output: z.string() }
  const wrapping = {
    output: oneOf(Done),
    pre: ({ text }: { text: string }) => text,
    post: (_: unknown, text: string) => Done({ text }),
  }
  const flow = workflow({
    input: oneOf(Read, Work),
    output: Done,
    stages: {
      read: wrapped(stage({ ...io, leaseMs: 5000, artifact: (ends: Ends<string, string>) => ends }), {
        input: Read,
        ...wrapping,
      }),
      work: wrapped(worker({ ...io, concurrency: 2, process }), { input: Work, ...wrapping }),
    },
  })
  const queues = await makeQueues(flow, backend, 'w', { clock, owner: 'me' })
  const { read, work } = queues.artifacts()
  const stop = new AbortController()
  onTestFinished(async () => {
    stop.abort()
    await clock.advance(60_000)
  })
  return {
    clock,
    /** What the answer to a lease of suspects waits for. */
    before,
    kill: () => backend.die(),
    ...read,
    stop,
    start: () => work(stop.signal),
    push: (tag: 'Read' | 'Work', id: string) => queues.input.push(id, { tag, text: id }),
    row: (id: string) => inner.get('w/read', id),
    /** Makes ready what has expired. */
    promote: () => inner.lease('w/read', { owner: 'any', leaseMs: 1000, timeoutMs: 1000, limit: 0 }),
    /** Lets `id` be held by a process that has died, and whose lease runs out in a second. */
    async orphan(id: string) {
      await queues.input.push(id, Read({ text: id }))
      await inner.lease('w/read', { owner: 'other', leaseMs: 1000, timeoutMs: 60_000, ids: [id] })
    },
  }
}

it('gives a suspect to a reader at once where nothing else is in hand, and counts its crash', async () => {
  const { clock, input, kill, orphan, promote, row } = await open()
  await orphan('bad')
  const reading = input.read()
  await clock.advance(2000)
  expect((await reading).id).toBe('bad')
  kill()
  await clock.advance(60_000)
  await promote()
  expect(await row('bad')).toMatchObject({ suspect: true, crashes: 1 })
})

it('counts no crash of a suspect beside which something else was read since', async () => {
  const { clock, input, kill, orphan, promote, push, row } = await open()
  await orphan('bad')
  const reading = input.read()
  await clock.advance(2000)
  expect((await reading).id).toBe('bad')
  await push('Read', 'a')
  const next = input.read()
  await clock.advance(1000)
  expect((await next).id).toBe('a')
  kill()
  await clock.advance(60_000)
  await promote()
  expect(await row('bad')).toMatchObject({ suspect: true, crashes: 0 })
  expect(await row('a')).toMatchObject({ suspect: true, crashes: 0 })
})

it('reports a read message as work that begins', async () => {
  const { clock, input, push } = await open()
  let begun = 0
  onTestFinished(soloOf(clock).onWork(() => begun++))
  const reading = input.read()
  await clock.advance(1000)
  expect(begun).toBe(0)
  await push('Read', 'a')
  await reading
  expect(begun).toBe(1)
})

it('gives no suspect to a reader that has another message in hand', async () => {
  const { clock, input, output, orphan, push, stop } = await open()
  await orphan('bad')
  await push('Read', 'a')
  expect((await input.read()).id).toBe('a')
  let second: string | undefined
  const reading = input.read(stop.signal).then(({ id }) => (second = id))
  reading.catch(() => {})
  await clock.advance(30_000)
  expect(second).toBeUndefined()
  await output.push('a', 'done')
  const waited = async () => {
    await clock.advance(50)
    return second
  }
  await expect.poll(waited, { interval: 1 }).toBe('bad')
})

it('gives no suspect to a reader while a worker of the same process works, and lets none begin beside it', async () => {
  const gate = makeGate<string>()
  const begun: string[] = []
  const { clock, input, output, orphan, push, start, stop } = await open((text) => {
    begun.push(text)
    return gate.promise
  })
  await orphan('bad')
  await push('Work', 'a')
  void start()
  await until(() => begun.length === 1)
  let read: string | undefined
  void input.read(stop.signal).then(({ id }) => (read = id))
  await clock.advance(30_000)
  expect(read).toBeUndefined()
  gate.open('done')
  await settle()
  await clock.advance(50)
  await settle()
  expect(read).toBe('bad')
  await push('Work', 'b')
  await clock.advance(900)
  expect(begun).toEqual(['a'])
  await output.push('bad', 'done')
  await until(() => begun.length === 2)
})

it('gives a suspect also to a reader that is never short of others', async () => {
  const { clock, input, output, orphan, push, row } = await open()
  await orphan('bad')
  const seen: string[] = []
  for (let n = 0; n < 30; n++) await push('Read', `good-${n}`)
  for (let n = 0; n < 31; n++) {
    const reading = input.read()
    await settle()
    const { id } = await reading
    seen.push(id)
    await clock.advance(100)
    await output.push(id, 'done')
  }
  expect(seen).toContain('bad')
  expect(seen.indexOf('bad')).toBeLessThan(25)
  expect(await row('bad')).toBeUndefined()
})

it('leases no suspect for a reader that has gone, and gives back one that comes too late', async () => {
  const { before, clock, input, orphan, row, stop } = await open()
  await orphan('bad')
  const impatient = new AbortController()
  const reading = input.read(impatient.signal)
  await clock.advance(500)
  impatient.abort()
  await expect(reading).rejects.toThrow()
  await clock.advance(5000)
  expect(await row('bad')).toMatchObject({ lease: 1 })

  const answer = makeGate()
  before.answer = answer.promise
  const again = input.read(stop.signal)
  await clock.advance(2000)
  expect(await row('bad')).toMatchObject({ status: 'leased', lease: 2 })
  stop.abort()
  await expect(again).rejects.toThrow()
  answer.open()
  await settle()
  expect(await row('bad')).toMatchObject({ status: 'ready', suspect: true, crashes: 0, attempts: 0 })
})
