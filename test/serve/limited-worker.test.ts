import fastify from 'fastify'
import { afterEach, expect, test } from 'vitest'
import * as z from 'zod'
import { http } from '../../src/backends/http.ts'
import {
  makeQueues,
  state,
  type WorkContext,
  type WriteQueue,
  worker,
  workflow,
  wrapped,
} from '../../src/index.ts'
import { serveBackend } from '../../src/serve/index.ts'
import { openUsual } from '../on/open.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const In = state('In', z.object({ text: z.string() }))
const Mid = state('Mid', z.object({ text: z.string() }))
const Out = state('Out', z.object({ text: z.string() }))
const Odd = state('Odd', z.object({ text: z.string(), error: z.string() }))
const io = { input: z.string(), output: z.string() }

const scan = worker({
  ...io,
  process: async (
    text,
    { id, also, input, progress }: WorkContext<{ input: WriteQueue<{ text: string }> }>,
  ) => {
    await progress(0.5)
    if (text === 'fails') throw new Error('torn')
    if (text === 'parent') await also(input, `${id}.1`, In({ text: 'child' }))
    return text
  },
  retry: { attempts: 1 },
})
const stamp = worker({ ...io, process: (text) => text.toUpperCase() })
const flow = workflow({
  input: In,
  output: Out,
  stages: {
    scan: wrapped(scan, {
      input: In,
      output: Mid,
      pre: ({ text }) => text,
      post: (_, text) => Mid({ text }),
      failed: { to: Odd, as: ({ text }, { message }) => Odd({ text, error: message }) },
    }),
    stamp: wrapped(stamp, {
      input: Mid,
      output: Out,
      pre: ({ text }) => text,
      post: (_, text) => Out({ text }),
    }),
    mend: wrapped(stamp, {
      input: Odd,
      output: Out,
      pre: ({ text }) => text,
      post: ({ error }, text) => Out({ text: `${text}: ${error}` }),
      late: { afterMs: 60_000, to: Out, as: ({ text }) => Out({ text }) },
    }),
  },
})

test('a machine whose token may work in one stage works there as if it had the database', async () => {
  const inner = await openUsual()
  const home = await makeQueues(flow, inner, 'books')
  const app = fastify({ forceCloseConnections: true })
  const may = { work: ['books/scan'], enter: ['books/scan'] }
  await app.register(serveBackend(inner, { tokens: [{ name: 'scanner', token: 's', may }] }))
  const away = http(await app.listen({ host: '127.0.0.1', port: 0 }), { token: 's' })
  closing.push(
    () => inner.close(),
    () => app.close(),
    () => away.close(),
  )
  const told: string[] = []
  const tell = (message: string, fields?: object) => void told.push(`${message} ${JSON.stringify(fields)}`)
  const log = { debug() {}, info() {}, warn: tell, error: tell }
  const queues = await makeQueues(flow, away, 'books', { log })
  const stop = new AbortController()
  const running = [
    queues.artifacts({ input: queues.input as never }).scan(stop.signal),
    home.artifacts({ input: home.input as never }).stamp(stop.signal),
    home.artifacts({ input: home.input as never }).mend(stop.signal),
  ]
  closing.push(() => Promise.all(running))
  closing.push(() => stop.abort())
  await home.input.push('a', In({ text: 'plain' }))
  await home.input.push('b', In({ text: 'parent' }))
  await home.input.push('c', In({ text: 'fails' }))
  const done = async () =>
    (await inner.list('books/output')).rows.map(({ value }) => (value as { text: string }).text)
  await expect
    .poll(async () => (await done()).toSorted())
    .toEqual(['CHILD', 'FAILS: torn', 'PARENT', 'PLAIN'])
  expect(told.filter((line) => !line.includes('torn'))).toEqual([])
})
