import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { type Connection, openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { makeQueues, oneOf, state, worker, workflow, wrapped } from '../../src/index.ts'
import { until } from './stage-rig.ts'

const Scan = state('Scan', z.object({ path: z.string() }))
const Photo = state('Photo', z.object({ path: z.string(), iso: z.number() }))
const Done = state('Done', z.object({ path: z.string() }))
const io = { input: z.string(), output: z.string(), concurrency: 20, process: (path: string) => path }
const pre = ({ path }: { path: string }) => path
const post = (_: unknown, path: string) => Done({ path })
const books = workflow({
  input: oneOf(Scan, Photo),
  output: Done,
  stages: {
    scan: wrapped(worker(io), { input: Scan, output: Done, pre, post }),
    photo: wrapped(worker(io), { input: Photo, output: Done, pre, post }),
  },
})

/** A file of queues, and another program that writes to it with SQL. */
async function openInbox() {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-'))
  const path = join(folder, 'queues.db')
  const stop = new AbortController()
  const running: Promise<void>[] = []
  const backend = await sqlite(path)
  const warnings: object[] = []
  const log = {
    debug() {},
    info() {},
    error() {},
    warn: (_: string, fields?: object) => warnings.push(fields!),
  }
  const queues = await makeQueues(books, backend, 'books', { log })
  const other: Connection = openDatabase(path, { timeout: 5000 })
  onTestFinished(async () => {
    stop.abort()
    await Promise.all(running)
    other.close()
    await backend.close()
    await rm(folder, { recursive: true })
  })
  const insert = other.prepare('insert into books_inbox (id, value, priority) values (?, ?, ?)')
  return {
    ...{ path, backend, queues, other, warnings },
    work() {
      const { scan, photo } = queues.artifacts()
      for (const run of [scan, photo]) running.push(run(stop.signal))
    },
    put: (id: string, value: unknown, priority: number | null = null) =>
      insert.run(id, typeof value === 'string' ? value : JSON.stringify(value), priority),
    rows: () => other.prepare('select id, state, why from books_inbox order by n').all(),
    result: async (id: string) => (await backend.get('books/output', id))?.value,
    counts: async () => (await backend.count()).find(({ role }) => role === 'inbox'),
  }
}

it('what another program inserts enters as if it were pushed, routed by its tag', async () => {
  const { work, put, rows, result, backend, counts } = await openInbox()
  put('a', { tag: 'Scan', path: '/a' })
  put('b', { tag: 'Photo', path: '/b', iso: 100 }, 7)
  expect(await counts()).toMatchObject({ queue: 'books_inbox', workflow: 'books', ready: 2, dead: 0 })
  work()
  await until(async () => (await result('a')) && (await result('b')))
  put('c', { tag: 'Scan', path: '/c' })
  await until(() => result('c'))
  expect(rows()).toEqual([])
  expect(await counts()).toBeUndefined()
  const journey = await backend.journey('books', 'b')
  expect(journey!.lines.map(({ event, queue }) => [event, queue])).toEqual([
    ['entered', 'books/photo'],
    ['moved', 'books/photo'],
  ])
  expect(journey!.row).toMatchObject({ priority: 7 })
})

it('nothing is taken in while nothing of the workflow works, and what is deleted meanwhile never enters', async () => {
  const { put, rows, other, work, result, backend } = await openInbox()
  put('a', { tag: 'Scan', path: '/a' })
  put('b', { tag: 'Scan', path: '/b' })
  for (let turn = 0; turn < 20; turn++) await setImmediate()
  expect(rows()).toHaveLength(2)
  other.prepare(`delete from books_inbox where id = 'a'`).run()
  work()
  await until(() => result('b'))
  expect(await backend.journey('books', 'a')).toBeUndefined()
})

it('what does not fit stays, refused, with the reason; a retry takes it in, a cancel takes it out', async () => {
  const { put, rows, work, other, backend, counts, result, warnings } = await openInbox()
  put('tag', { tag: 'Film', path: '/a' })
  put('shape', { tag: 'Scan' })
  put('text', 'no JSON')
  put('', { tag: 'Scan', path: '/a' })
  put('known', { tag: 'Scan', path: '/a' })
  put('long', `{"tag":"Scan","path":"${'x'.repeat(1_100_000)}"}`)
  put('longer', JSON.stringify('x'.repeat(4_100_000)))
  other.exec(`insert into books_inbox (id, value) values ('bytes', cast(x'22ff22' as text))`)
  await backend.commit([
    {
      ...{ kind: 'push', queue: 'books/scan', enter: 'refuse' },
      token: { id: 'known', hop: 1, frames: [], priority: 0, deploy: 1 },
      value: { tag: 'Scan', path: '/known' },
    } as const,
  ])
  work()
  await until(async () => (await counts())?.dead === 8)
  expect(warnings).toHaveLength(8)
  expect(rows()).toMatchObject([
    { id: 'tag', state: 'refused', why: expect.stringMatching(/Film/) },
    { id: 'shape', why: expect.stringMatching(/path: Invalid input: expected string/) },
    { id: 'text', why: expect.stringMatching(/^The value of token "text" is no JSON: /) },
    { id: '', why: expect.stringMatching(/id/) },
    { id: 'known', why: expect.stringMatching(/^Token "known" .* workflow "books" already/) },
    { id: 'long', why: expect.stringMatching(/1100\d\d\d|1,000,000/) },
    { id: 'longer', why: 'The value of token "longer" is too long.' },
    { id: 'bytes', why: 'The row of token "bytes" is no text in UTF-8.' },
  ])
  const { rows: dead } = await backend.list('books_inbox', { only: { status: 'dead' }, limit: 3 })
  expect(dead.map(({ id, status, error }) => [id, status, error!.name])).toEqual([
    ['tag', 'dead', 'RefusedError'],
    ['shape', 'dead', 'RefusedError'],
    ['text', 'dead', 'RefusedError'],
  ])

  other.prepare(`update books_inbox set value = ? where id = 'shape'`).run('{"tag":"Scan","path":"/mended"}')
  await backend.commit([{ kind: 'revive', queue: 'books_inbox', id: 'shape' }])
  await until(() => result('shape'))
  await backend.commit([{ kind: 'take', queue: 'books_inbox', id: 'text', event: 'cancelled' }])
  expect(await backend.get('books_inbox', 'text')).toBeUndefined()
  await expect(backend.commit([{ kind: 'revive', queue: 'books_inbox', id: 'gone' }])).rejects.toMatchObject({
    code: 'not_found',
  })
})

it('of many processes that take in at once each entry enters once', async () => {
  const { path, put, other, result } = await openInbox()
  const stop = new AbortController()
  other.transaction(() => {
    for (let n = 0; n < 300; n++) put(`t${n}`, { tag: 'Scan', path: `/${n}` })
  })()
  const views = await Promise.all(
    [1, 2, 3].map(async () => {
      const backend = await sqlite(path)
      const { scan } = (await makeQueues(books, backend, 'books')).artifacts()
      return { backend, ended: scan(stop.signal) }
    }),
  )
  onTestFinished(async () => {
    stop.abort()
    for (const { backend, ended } of views) await ended.finally(() => backend.close())
  })
  await until(() => other.prepare('select 1 where not exists (select 1 from books_inbox)').get())
  await until(() => result('t299'))
  const history = other.prepare(
    `select count(*) as lines, count(distinct id) as ids from history where event = 'entered'`,
  )
  expect(history.get()).toEqual({ lines: 300, ids: 300 })
})

it('a process of an older version leaves to a newer one what it cannot take in', async () => {
  const { put, backend, work, result, rows } = await openInbox()
  await backend.declare({
    workflow: 'books',
    queues: ['scan', 'photo', 'output'].map((name) => ({
      name: `books/${name}`,
      role: name === 'output' ? 'output' : 'stage',
    })),
    fingerprint: 'newer',
  })
  put('new', { tag: 'Scan', route: '/new' })
  put('old', { tag: 'Scan', path: '/old' })
  work()
  await until(() => result('old'))
  expect(rows()).toEqual([{ id: 'new', state: 'waiting', why: null }])
})
