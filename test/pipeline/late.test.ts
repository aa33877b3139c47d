import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import {
  type Backend,
  makeQueues,
  oneOf,
  review,
  sequential,
  state,
  worker,
  workflow,
  wrapped,
} from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { openAt, openUsual } from '../on/open.ts'
import { until } from '../run/stage-rig.ts'

const day = 100_000
const fields = z.object({ n: z.number() })
const Asked = state('Asked', fields)
const Open = state('Open', fields)
const Answered = state('Answered', fields)
const Escalated = state('Escalated', fields)

type Escalation = ReturnType<typeof Escalated>

/** What `ask` does with a number, and how long it may take. */
interface Asking {
  readonly process?: (n: number) => number | Promise<number>
  readonly escalate?: (n: number) => Escalation | Promise<Escalation>
}

/** A stage, and a desk behind it, each with a deadline. */
const answering = ({ process = (n) => n, escalate = (n) => Escalated({ n }) }: Asking = {}) =>
  workflow({
    input: Asked,
    output: oneOf(Answered, Escalated),
    stages: {
      ask: wrapped(
        worker({
          input: z.number(),
          output: z.number(),
          retry: { attempts: 3, minMs: 10_000 * day, maxMs: 10_000 * day },
          process,
        }),
        {
          input: Asked,
          output: Open,
          pre: ({ n }) => n,
          post: (_, n) => Open({ n }),
          late: { afterMs: 3 * day, to: Escalated, as: ({ n }) => escalate(n) },
        },
      ),
      desk: wrapped(review({ input: Open, decisions: { answer: z.object({}) } }), {
        input: Open,
        output: Answered,
        pre: (open) => open,
        post: ({ n }) => Answered({ n }),
        late: { afterMs: day, to: Escalated, as: ({ n }) => escalate(n) },
      }),
    },
  })

async function open(backend: Backend, clock: FakeClock, asking?: Asking) {
  const told: string[] = []
  const tell = (message: string) => void told.push(message)
  const log = { debug() {}, info() {}, warn: tell, error: tell }
  const queues = await makeQueues(answering(asking), backend, 'flow', { clock, log })
  const artifacts = queues.artifacts({})
  const stop = new AbortController()
  let running: Promise<void> | undefined
  const end = async () => {
    stop.abort()
    await running
  }
  onTestFinished(end)
  return { queues, told, desk: artifacts.desk, work: () => (running = artifacts.ask(stop.signal)), end }
}

async function opened(asking?: Asking) {
  const clock = new FakeClock()
  const backend = await openUsual({ clock })
  return { ...(await open(backend, clock, asking)), clock, backend }
}

const counts = async (backend: Backend) =>
  Object.fromEntries(
    (await backend.count()).map(({ queue, ready, delayed, leased, dead }) => [
      queue,
      ready + delayed + leased + dead,
    ]),
  )

it('sends on a task that nobody has answered in time, and says so in its history', async () => {
  const { queues, clock, backend, work } = await opened()
  work()
  await queues.input.push('a', Asked({ n: 1 }))
  await until(async () => (await counts(backend))['flow/desk'] === 1)
  await clock.advance(day - 1)
  expect((await counts(backend))['flow/desk']).toBe(1)
  await clock.advance(2)
  await until(async () => (await counts(backend))['flow/output'] === 1)
  expect(await queues.output.get('a')).toEqual(Escalated({ n: 1 }))
  const journey = await backend.journey('flow', 'a')
  expect(journey?.lines.map(({ event, queue, to }) => `${event} ${queue} ${to}`)).toEqual([
    'entered flow/ask undefined',
    'moved flow/ask flow/desk',
    'late flow/desk flow/output',
  ])
})

it('counts from when each token came, however many there are', async () => {
  const { queues, clock, backend, work } = await opened()
  work()
  for (let n = 0; n < 3; n++) {
    await Promise.all(Array.from({ length: 150 }, (_, i) => queues.input.push(`${n}-${i}`, Asked({ n }))))
    await until(async () => (await counts(backend))['flow/ask'] === 0)
    await clock.advance(day / 4)
  }
  expect((await counts(backend))['flow/desk']).toBe(450)
  for (const left of [300, 150, 0]) {
    await clock.advance(day / 4 + 1)
    await until(async () => (await counts(backend))['flow/desk'] === left)
  }
  expect((await counts(backend))['flow/output']).toBe(450)
})

it('sends on what is delayed after a failure, but nothing that is dead', async () => {
  const fail = () => {
    throw new Error('Not today.')
  }
  const { queues, clock, backend, work } = await opened({ process: fail })
  await queues.input.push('dead', Asked({ n: 1 }))
  const [row] = await backend.lease('flow/ask', { owner: 'me', leaseMs: 1000, timeoutMs: 1000 })
  const { id, hop, lease } = row!
  await backend.commit([{ kind: 'bury', queue: 'flow/ask', id, hop, lease }])
  work()
  await queues.input.push('a', Asked({ n: 2 }))
  await until(async () => (await backend.get('flow/ask', 'a'))?.status === 'delayed')
  await clock.advance(3 * day + 1)
  // Its worker may have leased it again meanwhile, and with it the clock has to go on.
  await until(async () => {
    await clock.advance(1000)
    return (await counts(backend))['flow/output'] === 1
  })
  expect(await queues.output.get('a')).toEqual(Escalated({ n: 2 }))
  expect((await backend.get('flow/ask', 'dead'))?.status).toBe('dead')
})

it('leaves what is leased to its worker, whose answer counts, and takes it when its lease ends without one', async () => {
  const { queues, clock, backend, work, desk } = await opened()
  work()
  await queues.input.push('answered', Asked({ n: 1 }))
  await queues.input.push('forgotten', Asked({ n: 2 }))
  await until(async () => (await counts(backend))['flow/desk'] === 2)
  await clock.advance((3 * day) / 4)
  const claim = await desk.claim('answered', 'Ann', day / 2)
  await desk.claim('forgotten', 'Bob', day / 2)
  await clock.advance((3 * day) / 8)
  expect((await counts(backend))['flow/desk']).toBe(2)
  await desk.decide('answered', { decision: 'answer' }, { ...claim, by: 'Ann' })
  await clock.advance(day)
  await until(async () => (await counts(backend))['flow/desk'] === 0)
  expect(await queues.output.get('answered')).toEqual(Answered({ n: 1 }))
  expect(await queues.output.get('forgotten')).toEqual(Escalated({ n: 2 }))
})

it('passes over what is claimed in the moment in which it becomes late', async () => {
  const parts = await opened({
    escalate: async (n) => {
      await parts.desk.claim('a', 'Ann', day / 2)
      return Escalated({ n })
    },
  })
  const { queues, clock, backend, work, told } = parts
  work()
  await queues.input.push('a', Asked({ n: 1 }))
  await until(async () => (await counts(backend))['flow/desk'] === 1)
  await clock.advance(day + 1)
  await until(async () => (await backend.get('flow/desk', 'a'))?.owner !== undefined)
  await clock.advance(day / 4)
  expect(await counts(backend)).toMatchObject({ 'flow/desk': 1, 'flow/output': 0 })
  expect(told).toEqual([])
})

it('refuses a decision that comes too late, and says why', async () => {
  const { queues, clock, backend, work, desk } = await opened()
  work()
  await queues.input.push('a', Asked({ n: 1 }))
  await until(async () => (await counts(backend))['flow/desk'] === 1)
  const { hop } = await desk.get('a')
  await clock.advance(day + 1)
  await until(async () => (await counts(backend))['flow/output'] === 1)
  await expect(desk.decide('a', { decision: 'answer' }, { hop, by: 'Ann' })).rejects.toMatchObject({
    code: 'not_found',
  })
})

it('lets a token stay whose late state cannot be made, and tells that once', async () => {
  const escalate = () => {
    throw new Error('Nobody is above us.')
  }
  const { queues, clock, backend, work, told } = await opened({ escalate })
  work()
  await queues.input.push('a', Asked({ n: 1 }))
  await until(async () => (await counts(backend))['flow/desk'] === 1)
  await clock.advance(day + 1)
  await until(() => told.length > 0)
  await clock.advance(day)
  expect((await counts(backend))['flow/desk']).toBe(1)
  expect(told).toEqual(['A token is late, and cannot be sent on; it stays.'])
})

it('does it once, in several processes on one file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-'))
  const clock = new FakeClock()
  const backends = await Promise.all(
    Array.from({ length: 3 }, () => openAt(join(folder, 'queues.db'), { clock })),
  )
  onTestFinished(async () => {
    await Promise.all(backends.map((backend) => backend.close()))
    await rm(folder, { recursive: true })
  })
  const backend = backends[0]!
  const first = await open(backend, clock)
  for (let n = 0; n < 40; n++) await first.queues.input.push(`t${n}`, Asked({ n }))
  const flows = await Promise.all(backends.map((each) => open(each, clock)))
  for (const { work } of flows) work()
  await until(async () => (await counts(backend))['flow/ask'] === 0)
  await clock.advance(day + 1)
  await until(async () => (await counts(backend))['flow/output'] === 40)
  const { rows } = await backend.list('flow/output')
  const ways = await Promise.all(
    rows.map(async ({ id }) => (await backend.journey('flow', id))?.lines.map(({ event }) => event).join()),
  )
  expect(new Set(ways)).toEqual(new Set(['entered,moved,late']))
  expect(flows.flatMap(({ told }) => told)).toEqual([])
})

it('refuses a deadline that is out of range, or that is about no queue', () => {
  const wrapping = { input: Asked, output: Answered, pre: ({ n }: { n: number }) => n, post: Asked }
  const late = (afterMs: number) => ({
    afterMs,
    to: Escalated,
    as: ({ n }: { n: number }) => Escalated({ n }),
  })
  const double = worker({ input: z.number(), output: z.number(), process: (n) => n })
  const post = () => Answered({ n: 1 })
  expect(() => wrapped(double, { ...wrapping, post, late: late(-1) })).toThrow(
    /`afterMs` of `late` is -1; it is/,
  )
  expect(() => wrapped(sequential(double, double), { ...wrapping, post, late: late(1) })).toThrow(
    /give it to the wrapper of a single stage or review/,
  )
})

/** A stage with a deadline of so many milliseconds, before the output. */
async function hurried(afterMs: number, process: (n: number) => number | Promise<number>) {
  const clock = new FakeClock()
  const backend = await openUsual({ clock })
  const retry = { attempts: 3, minMs: day, maxMs: day }
  const stage = wrapped(worker({ input: z.number(), output: z.number(), concurrency: 2, retry, process }), {
    input: Asked,
    output: Answered,
    pre: ({ n }) => n,
    post: (_, n) => Answered({ n }),
    late: { afterMs, to: Escalated, as: ({ n }) => Escalated({ n }) },
  })
  const flow = workflow({ input: Asked, output: oneOf(Answered, Escalated), stages: { stage } })
  const queues = await makeQueues(flow, backend, 'flow', { clock })
  const stop = new AbortController()
  void queues.artifacts({}).stage(stop.signal)
  onTestFinished(() => stop.abort())
  return { queues, backend, clock }
}

it('is in time with what comes while an older one is worked on, and with what fails after its time', async () => {
  let fail: (error: Error) => void = () => {}
  const gone = new Promise<number>((_, reject) => (fail = reject))
  gone.catch(() => {})
  const never = new Promise<number>(() => {})
  const { queues, backend, clock } = await hurried(5000, (n) => (n === 1 ? gone : never))
  const status = async (id: string) => (await backend.get('flow/stage', id))?.status
  await queues.input.push('a', Asked({ n: 1 }))
  await queues.input.push('b', Asked({ n: 2 }))
  await until(async () => (await status('a')) === 'leased' && (await status('b')) === 'leased')
  await clock.advance(6000)
  await queues.input.push('c', Asked({ n: 3 }))
  await clock.advance(5000)
  await until(async () => (await status('c')) === undefined)
  expect(await status('a')).toBe('leased')
  fail(new Error('Not now.'))
  await until(async () => (await status('a')) === 'delayed')
  await clock.advance(5000)
  await until(async () => (await status('a')) === undefined)
  expect(await queues.output.get('a')).toEqual(Escalated({ n: 1 }))
  expect(await status('b')).toBe('leased')
})
