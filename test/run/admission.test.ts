import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import * as z from 'zod'
import { makeQueues, oneOf, state, worker, workflow, wrapped } from '../../src/index.ts'
import { type OtherProgram, otherPrograms } from './fixtures/other-programs.ts'
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

/** Queues, and another program that writes to their database with SQL. */
async function openInbox(open: () => Promise<OtherProgram>) {
  const stop = new AbortController()
  const running: Promise<void>[] = []
  const other = await open()
  const backend = await other.open()
  const warnings: object[] = []
  const log = {
    debug() {},
    info() {},
    error() {},
    warn: (_: string, fields?: object) => warnings.push(fields!),
  }
  const queues = await makeQueues(books, backend, 'books', { log })
  onTestFinished(async () => {
    stop.abort()
    await Promise.all(running)
  })
  return {
    ...{ backend, queues, other, warnings },
    work() {
      const { scan, photo } = queues.artifacts()
      for (const run of [scan, photo]) running.push(run(stop.signal))
    },
    async put(id: string, value: unknown, priority: number | null = null) {
      await other.sql(`insert into ${other.at('books_inbox')} (id, value, priority) values ($1, $2, $3)`, [
        id,
        typeof value === 'string' ? value : JSON.stringify(value),
        priority,
      ])
      await other.wake()
    },
    rows: () => other.sql(`select id, state, why from ${other.at('books_inbox')} order by n`),
    result: async (id: string) => (await backend.get('books/output', id))?.value,
    counts: async () => (await backend.count()).find(({ role }) => role === 'inbox'),
  }
}

describe.each(Object.entries(otherPrograms))('on %s', (name, open) => {
  it('what another program inserts enters as if it were pushed, routed by its tag', async () => {
    const { work, put, rows, result, backend, counts } = await openInbox(open)
    await put('a', { tag: 'Scan', path: '/a' })
    await put('b', { tag: 'Photo', path: '/b', iso: 100 }, 7)
    expect(await counts()).toMatchObject({ queue: 'books_inbox', workflow: 'books', ready: 2, dead: 0 })
    work()
    await until(async () => (await result('a')) && (await result('b')))
    await put('c', { tag: 'Scan', path: '/c' })
    await until(() => result('c'))
    expect(await rows()).toEqual([])
    expect(await counts()).toBeUndefined()
    const journey = await backend.journey('books', 'b')
    expect(journey!.lines.map(({ event, queue }) => [event, queue])).toEqual([
      ['entered', 'books/photo'],
      ['moved', 'books/photo'],
    ])
    expect(journey!.row).toMatchObject({ priority: 7 })
  })

  it('nothing is taken in while nothing of the workflow works, and what is deleted meanwhile never enters', async () => {
    const { put, rows, other, work, result, backend } = await openInbox(open)
    await put('a', { tag: 'Scan', path: '/a' })
    await put('b', { tag: 'Scan', path: '/b' })
    for (let turn = 0; turn < 20; turn++) await setImmediate()
    expect(await rows()).toHaveLength(2)
    await other.sql(`delete from ${other.at('books_inbox')} where id = 'a'`)
    work()
    await until(() => result('b'))
    expect(await backend.journey('books', 'a')).toBeUndefined()
  })

  it('what does not fit stays, refused, with the reason; a retry takes it in, a cancel takes it out', async () => {
    const { put, rows, work, other, backend, counts, result, warnings } = await openInbox(open)
    await put('tag', { tag: 'Film', path: '/a' })
    await put('shape', { tag: 'Scan' })
    await put('text', 'no JSON')
    await put('', { tag: 'Scan', path: '/a' })
    await put('known', { tag: 'Scan', path: '/a' })
    await put('long', `{"tag":"Scan","path":"${'x'.repeat(1_100_000)}"}`)
    await put('longer', JSON.stringify('x'.repeat(4_100_000)))
    if (name === 'sqlite')
      await other.sql(`insert into books_inbox (id, value) values ('bytes', cast(x'22ff22' as text))`)
    // No text of a Postgres is anything but UTF-8.
    else await put('bytes', { tag: 'Scan' })
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
    expect(await rows()).toMatchObject([
      { id: 'tag', state: 'refused', why: expect.stringMatching(/Film/) },
      { id: 'shape', why: expect.stringMatching(/path: Invalid input: expected string/) },
      { id: 'text', why: expect.stringMatching(/^The value of token "text" is no JSON: /) },
      { id: '', why: expect.stringMatching(/id/) },
      { id: 'known', why: expect.stringMatching(/^Token "known" .* workflow "books" already/) },
      { id: 'long', why: expect.stringMatching(/1100\d\d\d|1,000,000/) },
      { id: 'longer', why: 'The value of token "longer" is too long.' },
      ...(name === 'sqlite'
        ? [{ id: 'bytes', why: 'The row of token "bytes" is no text in UTF-8.' }]
        : [{ id: 'bytes', state: 'refused' }]),
    ])
    const { rows: dead } = await backend.list('books_inbox', { only: { status: 'dead' }, limit: 3 })
    expect(dead.map(({ id, status, error }) => [id, status, error!.name])).toEqual([
      ['tag', 'dead', 'RefusedError'],
      ['shape', 'dead', 'RefusedError'],
      ['text', 'dead', 'RefusedError'],
    ])

    await other.sql(`update ${other.at('books_inbox')} set value = $1 where id = 'shape'`, [
      '{"tag":"Scan","path":"/mended"}',
    ])
    await backend.commit([{ kind: 'revive', queue: 'books_inbox', id: 'shape' }])
    await until(() => result('shape'))
    await backend.commit([{ kind: 'take', queue: 'books_inbox', id: 'text', event: 'cancelled' }])
    expect(await backend.get('books_inbox', 'text')).toBeUndefined()
    await expect(
      backend.commit([{ kind: 'revive', queue: 'books_inbox', id: 'gone' }]),
    ).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('of many processes that take in at once each entry enters once', async () => {
    const { other, result } = await openInbox(open)
    const stop = new AbortController()
    const all = Array.from({ length: 300 }, (_, n) => `('t${n}', '{"tag":"Scan","path":"/${n}"}')`)
    await other.sql(`insert into ${other.at('books_inbox')} (id, value) values ${all.join(', ')}`)
    const views = await Promise.all(
      [1, 2, 3].map(async () => {
        const backend = await other.open()
        const { scan } = (await makeQueues(books, backend, 'books')).artifacts()
        return { ended: scan(stop.signal) }
      }),
    )
    onTestFinished(async () => {
      stop.abort()
      for (const { ended } of views) await ended
    })
    await vi.waitUntil(
      async () => (await other.sql(`select id from ${other.at('books_inbox')} limit 1`)).length === 0,
      { timeout: 18_000 },
    )
    await until(() => result('t299'))
    const [entered] = await other.sql(
      `select count(*) as lines, count(distinct id) as ids from ${other.at('history')} where event = 'entered'`,
    )
    expect([Number(entered!['lines']), Number(entered!['ids'])]).toEqual([300, 300])
  })

  it('a process of an older version leaves to a newer one what it cannot take in', async () => {
    const { put, backend, work, result, rows } = await openInbox(open)
    await backend.declare({
      workflow: 'books',
      queues: ['scan', 'photo', 'output'].map((name) => ({
        name: `books/${name}`,
        role: name === 'output' ? 'output' : 'stage',
      })),
      fingerprint: 'newer',
    })
    await put('new', { tag: 'Scan', route: '/new' })
    await put('old', { tag: 'Scan', path: '/old' })
    work()
    await until(() => result('old'))
    expect(await rows()).toEqual([{ id: 'new', state: 'waiting', why: null }])
  })
})
