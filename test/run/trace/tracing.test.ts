import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import {
  makeQueues,
  type Runnable,
  type StatePipeline,
  state,
  type WorkContext,
  type WriteQueue,
  worker,
  workflow,
  wrapped,
} from '../../../src/index.ts'
import type { Backend } from '../../../src/queue/backend.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { openersOf, openUsual } from '../../on/open.ts'
import { settle, until } from '../stage-rig.ts'

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const users = trace.getTracer('a user')

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
})
beforeEach(() => exporter.reset())
afterAll(() => {
  trace.disable()
  context.disable()
})

const Raw = state('Raw', z.object({ text: z.string() }))
const Cut = state('Cut', z.object({ text: z.string() }))
const Sent = state('Sent', z.object({ text: z.string() }))
type Process = (text: string, ctx: WorkContext<any>) => string | Promise<string>

/** Stages `cut` and `send`, which do what they are given. */
function flowOf({ cut, send = (text) => text }: { readonly cut: Process; readonly send?: Process }) {
  const io = {
    input: z.string(),
    output: z.string(),
    timeoutMs: 5000,
    retry: { attempts: 2, minMs: 10, maxMs: 10 },
  }
  const pre = ({ text }: { text: string }) => text
  return workflow({
    input: Raw,
    output: Sent,
    stages: {
      cut: wrapped(worker({ ...io, process: cut }), {
        input: Raw,
        output: Cut,
        pre,
        post: (_, text) => Cut({ text }),
      }),
      send: wrapped(worker({ ...io, process: send }), {
        input: Cut,
        output: Sent,
        pre,
        post: (_, text) => Sent({ text }),
      }),
    },
  })
}

async function start(
  flow: StatePipeline<any, any, Readonly<Record<string, Runnable>>, any>,
  open: (options: { readonly clock: FakeClock }) => Promise<Backend> = openUsual,
) {
  const clock = new FakeClock()
  const backend = await open({ clock })
  const queues = await makeQueues(flow, backend, 'w', { clock })
  const stop = new AbortController()
  const loops = (queues.artifacts as any)({ input: queues.input }) as Record<string, Runnable>
  const running = Object.values(loops).map((run) => run(stop.signal))
  onTestFinished(async () => {
    stop.abort()
    await Promise.all(running)
    await backend.close()
  })
  const spans = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name)
  const out = async (count: number) => until(async () => (await queues.output.count()) === count)
  return { backend, clock, queues, spans, out }
}

const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId
const traceOf = (span: ReadableSpan | undefined) => span?.spanContext().traceId
const linked = ({ links }: ReadableSpan) => links.map(({ context }) => context.spanId)

describe.each(Object.entries(openersOf('memory', 'sqlite', 'http')))('on %s', (_, open) => {
  it('gives each attempt a span in the trace in which the token has entered, linked along its journey', async () => {
    const cut: Process = async (text) => {
      await settle()
      return users.startActiveSpan('fetch', (span) => {
        span.end()
        return text
      })
    }
    const { backend, queues, spans, out } = await start(flowOf({ cut }), open)
    const request = await users.startActiveSpan('request', async (span) => {
      await queues.input.push('a', Raw({ text: 'x' }))
      span.end()
      return span.spanContext()
    })
    await out(1)
    const [[first], [second], [fetched]] = [spans('cut'), spans('send'), spans('fetch')]
    expect(first?.attributes).toEqual({
      'pipewright.workflow': 'w',
      'pipewright.queue': 'w/cut',
      'pipewright.token': 'a',
      'pipewright.hop': 1,
      'pipewright.attempt': 1,
      'pipewright.outcome': 'done',
    })
    expect(second?.attributes).toMatchObject({ 'pipewright.queue': 'w/send', 'pipewright.hop': 2 })
    expect([first, second, fetched].map(traceOf)).toEqual([request.traceId, request.traceId, request.traceId])
    expect([first, second].map((span) => span?.parentSpanContext?.spanId)).toEqual([
      request.spanId,
      request.spanId,
    ])
    expect(fetched?.parentSpanContext?.spanId).toBe(idOf(first))
    expect([linked(first!), linked(second!)]).toEqual([[], [idOf(first)]])
    const row = await backend.get('w/output', 'a')
    expect(row?.traceparent).toBe(`00-${request.traceId}-${request.spanId}-01`)
  })
})

it('records errors, and links the next attempt to the one that has failed', async () => {
  let tries = 0
  const cut: Process = (text) => {
    if (++tries === 1) throw new Error('no knife at https://me:secret@example.org/x')
    return text
  }
  const { clock, queues, spans, out } = await start(flowOf({ cut }))
  await queues.input.push('a', Raw({ text: 'x' }))
  await until(() => spans('cut').length === 1)
  await settle()
  await clock.advance(10)
  await out(1)
  const [failed, again] = spans('cut')
  expect(failed?.attributes).toMatchObject({ 'pipewright.attempt': 1, 'pipewright.outcome': 'failed' })
  expect(failed?.status.code).toBe(SpanStatusCode.ERROR)
  expect(failed?.events).toMatchObject([{ name: 'exception', attributes: { 'exception.type': 'Error' } }])
  expect(JSON.stringify([failed?.status, failed?.events])).not.toContain('secret')
  expect(again?.attributes).toMatchObject({ 'pipewright.attempt': 2, 'pipewright.outcome': 'done' })
  expect(linked(again!)).toEqual([idOf(failed)])
  // Without a trace of its token each begins one.
  expect(traceOf(again)).not.toBe(traceOf(failed))
})

it('ends the span of an attempt that takes too long, or whose token is taken away, though its function goes on', async () => {
  const { backend, clock, queues, spans } = await start(flowOf({ cut: () => new Promise(() => {}) }))
  await queues.input.push('a', Raw({ text: 'x' }))
  await until(async () => (await backend.get('w/cut', 'a'))?.status === 'leased')
  await settle()
  await clock.advance(5000)
  await until(() => spans('cut').length === 1)
  expect(spans('cut')[0]?.attributes).toMatchObject({ 'pipewright.outcome': 'timeout' })
  await clock.advance(10)
  await until(async () => (await backend.get('w/cut', 'a'))?.status === 'leased')
  await settle()
  await backend.commit([{ kind: 'take', queue: 'w/cut', id: 'a', event: 'cancelled', actor: 'ann' }])
  await clock.advance(30_000)
  await until(() => spans('cut').length === 2)
  expect(spans('cut')[1]?.attributes).toMatchObject({ 'pipewright.outcome': 'lost' })
})

it('gives children the trace of their parent, and what a handler pushes its own span', async () => {
  interface Given {
    readonly input: WriteQueue<ReturnType<typeof Raw>>
  }
  const cut = async (text: string, { id, also, input }: WorkContext<Given>) => {
    if (id !== 'a' && id !== 'b') return text
    await also(input, `${id}/child`, Raw({ text }))
    await input.push(`${id}/pushed`, Raw({ text }))
    return text
  }
  const { backend, queues, spans, out } = await start(flowOf({ cut }))
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await queues.input.push('a', Raw({ text: 'x' }), { traceparent })
  await queues.input.push('b', Raw({ text: 'x' }))
  await out(6)
  const kept = async (id: string) => (await backend.get('w/output', id))?.traceparent
  const own = (id: string) => spans('cut').find(({ attributes }) => attributes['pipewright.token'] === id)
  expect(await kept('a')).toBe(traceparent)
  expect(await kept('a/child')).toBe(traceparent)
  expect(await kept('a/pushed')).toBe(`00-0af7651916cd43dd8448eb211c80319c-${idOf(own('a'))}-01`)
  expect(await kept('b')).toBeUndefined()
  expect(await kept('b/child')).toBe(`00-${traceOf(own('b'))}-${idOf(own('b'))}-01`)
  expect(linked(own('a/child')!)).toEqual([idOf(own('a'))])
  expect(own('a/child')?.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
})

it('gives each message of a batch a span, and the batch one that is linked to them', async () => {
  const both = worker({
    input: z.string(),
    output: z.string(),
    batch: 2,
    retry: { attempts: 1 },
    process: (texts) =>
      users.startActiveSpan('inside', (span) => {
        span.end()
        return texts.map((text) => (text === 'bad' ? new Error('bad') : text))
      }),
  })
  const flow = workflow({
    input: Raw,
    output: Sent,
    stages: {
      both: wrapped(both, {
        input: Raw,
        output: Sent,
        pre: ({ text }) => text,
        post: (_, text) => Sent({ text }),
      }),
    },
  })
  const { backend, queues, spans } = await start(flow)
  await Promise.all(['good', 'bad'].map((id) => queues.input.push(id, Raw({ text: id }))))
  await until(async () => (await backend.get('w/both', 'bad'))?.status === 'dead')
  const of = (id: string) => spans('both').find(({ attributes }) => attributes['pipewright.token'] === id)
  expect(of('good')?.attributes).toMatchObject({ 'pipewright.outcome': 'done' })
  expect(of('bad')?.attributes).toMatchObject({ 'pipewright.outcome': 'failed' })
  const [batch] = spans('both batch').slice(-1)
  expect(linked(batch!)).toContain(idOf(of('bad')))
  expect(spans('inside').at(-1)?.parentSpanContext?.spanId).toBe(idOf(batch))
})

it('costs no request, and keeps the trace that it is given, where no tracer is installed', async () => {
  trace.disable()
  onTestFinished(() => void trace.setGlobalTracerProvider(provider))
  const asked: string[] = []
  const { backend, queues, out } = await start(flowOf({ cut: (text) => text }), async (options) => {
    const inner = await openUsual(options)
    const get: Backend['get'] = (queue, id) => {
      asked.push(id)
      return inner.get(queue, id)
    }
    return { ...inner, get }
  })
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await queues.input.push('a', Raw({ text: 'x' }), { traceparent })
  await queues.input.push('b', Raw({ text: 'x' }))
  await out(2)
  expect(asked).toEqual([])
  expect((await backend.get('w/output', 'a'))?.traceparent).toBe(traceparent)
  expect(exporter.getFinishedSpans()).toEqual([])
})
