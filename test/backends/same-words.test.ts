import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { http } from '../../src/backends/http.ts'
import { memory } from '../../src/backends/memory.ts'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import type { Backend } from '../../src/queue/backend.ts'
import type { Change } from '../../src/queue/change.ts'
import { serveBackend } from '../../src/serve/serve-backend.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { entering, moving, request, usualQueues, workflow } from './sqlite/fixture.ts'

const first = 'shop/first'
const declare = (backend: Backend, queues: readonly object[], name = workflow) =>
  backend.declare({ workflow: name, queues: queues as typeof usualQueues, fingerprint: 'v2' })
const without = usualQueues.filter(({ name }) => name !== first)

const undo: (() => Promise<unknown>)[] = []

afterAll(async () => {
  for (const each of undo.reverse()) await each()
})

/** The path of a database in a folder of its own. */
async function freshPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-'))
  undo.push(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'queues.db')
}

async function open(backend: Backend): Promise<Backend> {
  undo.push(async () => backend.close())
  await backend.declare({ workflow, queues: usualQueues, fingerprint: 'v1' })
  await backend.commit(['held', 'left', 'ready', 'lapsed'].map((id) => entering(id)))
  await backend.lease(first, { ...request, ids: ['held'] })
  const [left] = await backend.lease(first, { ...request, ids: ['left'] })
  await backend.commit(moving(left!, first, 'shop/done'))
  return backend
}

/** `backend`, reached over HTTP. */
async function served(backend: Backend): Promise<Backend> {
  const app = fastify({ forceCloseConnections: true })
  await app.register(serveBackend(backend))
  undo.push(() => app.close())
  return http(await app.listen({ host: '127.0.0.1', port: 0 }))
}

/** All that is in the queues of `backend`, and all that its history says. */
async function everything(backend: Backend) {
  const { lines } = await backend.lines({})
  const rows = usualQueues.map(({ name }) => backend.list(name, { limit: 100 }))
  return { counts: await backend.count(), lines, rows: await Promise.all(rows) }
}

const held = { queue: first, id: 'held', hop: 1 }
const token = { id: 'ready', hop: 2, frames: [], priority: 0, deploy: 1 }
const take = { kind: 'take', event: 'cancelled', queue: first } as const

/** Everything that a backend itself refuses. */
const refused: Readonly<Record<string, (backend: Backend) => Promise<unknown>>> = {
  'a queue that is not there': (backend) => backend.get('shop/nowhere', 'a'),
  'a queue whose name is no text': (backend) => declare(backend, [{ name: 'w/\ud800', role: 'stage' }], 'w'),
  'a tag that is no text': (backend) =>
    declare(backend, [{ name: 'w/a', role: 'stage', tags: ['\udc00'] }], 'w'),
  'an earlier name that is no text': (backend) =>
    declare(backend, [{ name: 'w/a', role: 'stage', was: ['x\ud800x'] }], 'w'),
  'a workflow whose name is no text': (backend) => declare(backend, [], '\ud800'),
  'a push into one': (backend) => backend.commit([entering('a', { queue: 'shop/nowhere' })]),
  'an id that is known': (backend) => backend.commit([entering('ready')]),
  'an id that has finished': (backend) => backend.commit([entering('left')]),
  'a value that is too long': (backend) => backend.commit([entering('a', { value: 'x'.repeat(1_000_001) })]),
  'a delay of more than a century': (backend) => backend.commit([entering('a', { delayMs: 1e300 })]),
  'a priority that is no whole number': (backend) =>
    backend.commit([entering('a', { token: { ...token, id: 'a', priority: 1.5 } })]),
  'a deploy that is none': (backend) =>
    backend.commit([entering('a', { token: { ...token, id: 'a', deploy: Number.NaN } })]),
  'an entry of an odd kind': (backend) => backend.commit([entering('a', { enter: 'force' as 'refuse' })]),
  'a change of an odd kind': (backend) => backend.commit([{ kind: 'vanish', ...held } as unknown as Change]),
  'a leave of an odd kind': (backend) =>
    backend.commit([{ kind: 'pop', event: 'odd' as 'moved', ...held, lease: 1 }]),
  'an attempt that is none': (backend) =>
    backend.commit([{ kind: 'bury', ...held, lease: 1, attempt: Number.POSITIVE_INFINITY }]),
  'work of less than no time': (backend) =>
    backend.commit([{ kind: 'pop', event: 'moved', ...held, lease: 1, workMs: -1 }]),
  'progress of more than all': (backend) =>
    backend.commit([{ kind: 'remember', ...held, lease: 1, progress: { fraction: 1.5 } }]),
  'a delay that is no number': (backend) =>
    backend.commit([{ kind: 'postpone', delayMs: Number.NaN, charge: true, ...held, lease: 1 }]),
  'a lease of no time': (backend) => backend.lease(first, { ...request, leaseMs: Number.NaN }),
  'a lease without an end': (backend) =>
    backend.lease(first, { ...request, timeoutMs: Number.POSITIVE_INFINITY }),
  'a lease of less than nothing': (backend) => backend.lease(first, { ...request, limit: -1 }),
  'a lease of odd suspects': (backend) => backend.lease(first, { ...request, suspects: 'maybe' as 'only' }),
  'a renewal of half a lease': (backend) => backend.extend('me', [{ ...held, lease: 0.5 }]),
  'a page in an odd order': (backend) => backend.list(first, { order: 'random' as 'oldest' }),
  'a stay before the first': (backend) => backend.journey(workflow, 'held', { hop: 0 }),
  'a page of no lines': (backend) => backend.lines({ limit: 0 }),
  'lines after what is no cursor': (backend) => backend.lines({ after: 'x' }),
  'lines of no time': (backend) => backend.lines({ from: Number.NaN }),
  'values of an odd kind': (backend) =>
    declare(backend, [...usualQueues, { name: 'w/x', role: 'stage', values: 'some' }]),
  'a return of what has not left': (backend) =>
    backend.commit([entering('ready', { enter: 'replace', event: 'rerun' })]),
  'a return of what was never there': (backend) =>
    backend.commit([entering('missing', { enter: 'replace', event: 'rerun' })]),
  'a return that does not replace': (backend) => backend.commit([entering('ready', { event: 'undone' })]),
  'a line about what was never there': (backend) =>
    backend.commit([{ kind: 'line', event: 'noted', queue: first, id: 'missing', actor: 'a', reason: 'b' }]),
  'a line without a queue of its token': (backend) =>
    backend.commit([{ kind: 'line', event: 'noted', id: 'ready', actor: 'a', reason: 'b' }]),
  'a history of no lines': (backend) => backend.journey(workflow, 'held', { limit: 0 }),
  'a queue with an odd role': (backend) => declare(backend, [...usualQueues, { name: 'w/x', role: 'inbox' }]),
  'a hop from nowhere': (backend) =>
    backend.commit([{ kind: 'push', queue: 'shop/second', token, value: 1 }]),
  'a wrong lease': (backend) => backend.commit([{ kind: 'pop', event: 'moved', ...held, lease: 7 }]),
  'a wrong hop': (backend) => backend.commit([{ kind: 'bury', ...held, hop: 3, lease: 1 }]),
  'the lease of what is not leased': (backend) =>
    backend.commit([{ kind: 'postpone', delayMs: 0, charge: true, ...held, id: 'ready', lease: 1 }]),
  'a take of what is not there': (backend) => backend.commit([{ ...take, id: 'missing' }]),
  'a take of what has moved on': (backend) => backend.commit([{ ...take, id: 'left', hop: 1 }]),
  'a take of another stay': (backend) => backend.commit([{ ...take, id: 'ready', hop: 4 }]),
  'a take of what is held': (backend) => backend.commit([{ ...take, id: 'held', unheld: true }]),
  'a revival of what is not dead': (backend) =>
    backend.commit([{ kind: 'revive', queue: first, id: 'ready' }]),
  'a revival of what is not there': (backend) =>
    backend.commit([{ kind: 'revive', queue: first, id: 'missing' }]),
  'a page of no rows': (backend) => backend.list(first, { limit: 0 }),
  'a page after an odd cursor': (backend) => backend.list(first, { after: 'x' }),
  'a page of an odd status': (backend) => backend.list(first, { only: { status: 'asleep' as 'dead' } }),
  'a queue of another workflow': (backend) => declare(backend, [{ name: first, role: 'stage' }], 'mall'),
  'two queues of one name': (backend) => declare(backend, [...usualQueues, usualQueues[0]!]),
  'a queue that is left out with messages in it': (backend) => declare(backend, without),
  'a split that has no place for some': (backend) =>
    declare(backend, [
      ...without,
      { name: 'shop/a', role: 'stage', was: [first], tags: ['Old'] },
      { name: 'shop/b', role: 'stage', was: [first], tags: ['Odd'] },
    ]),
}

describe('memory, SQLite and a served backend refuse in the same words', () => {
  // One of each for all: what is refused changes nothing, as is seen at the end.
  let all: readonly Backend[]
  let before: unknown
  const seen = () => Promise.all(all.map(everything))

  beforeAll(async () => {
    // No lease ends meanwhile.
    const clock = new FakeClock()
    all = [memory({ clock }), await sqlite(await freshPath(), { clock }), await served(memory({ clock }))]
    for (const backend of all) await open(backend)
    before = await seen()
  })

  it.each(Object.keys(refused))('%s', async (what) => {
    const refusals = all.map(async (backend) => {
      const error = await refused[what]!(backend).catch((error: unknown) => error)
      const { name, code, message, queue, id } = error as Error & Record<'code' | 'queue' | 'id', string>
      return { name, code, message, queue, id }
    })
    const [inMemory, onSqlite, overHttp] = await Promise.all(refusals)
    expect(inMemory!.code).toBeDefined()
    expect(inMemory).toEqual(onSqlite)
    expect(inMemory).toEqual(overHttp)
  })

  it('and nothing has changed', async () => {
    expect(await seen()).toEqual(before)
  })
})

it('memory and SQLite say the same of leases that have ended', async () => {
  const clocks = [new FakeClock(), new FakeClock()]
  const backends = [
    await open(memory({ clock: clocks[0] })),
    await open(await sqlite(await freshPath(), { clock: clocks[1]! })),
  ]
  const told = backends.map(async (backend, n) => {
    await backend.lease(first, { ...request, ids: ['lapsed'], leaseMs: 1000, timeoutMs: 1000 })
    await clocks[n]!.advance(request.leaseMs)
    await backend.lease(first, request)
    return Promise.all(['held', 'lapsed'].map((id) => backend.journey(workflow, id)))
  })
  const [inMemory, onSqlite] = await Promise.all(told)
  expect(inMemory!.map((journey) => journey?.lines.at(-1)?.error?.kind)).toEqual(['crash', 'timeout'])
  expect(inMemory).toEqual(onSqlite)
})
