import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { memory } from '../../../src/backends/memory.ts'
import { betterSqlite3, type SqliteBackend, sqlite } from '../../../src/backends/sqlite/index.ts'
import { makeQueues, state, worker, wrapped } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { newPath } from './fixture.ts'

type Library = typeof import('better-sqlite3')

const Database = betterSqlite3<Library>()
const Ordered = state('Ordered', z.object({ amount: z.number() }))
const Paid = state('Paid', z.object({ amount: z.number() }))
const pay = wrapped(worker({ input: z.number(), output: z.number(), process: (amount) => amount }), {
  ...{ input: Ordered, output: Paid },
  pre: ({ amount }) => amount,
  post: (_, amount) => Paid({ amount }),
})
const order = Ordered({ amount: 5 })

/** Does `act` in a transaction of `db`, which takes no function that returns a promise. */
function within<T>(db: InstanceType<Library>, act: () => T): T {
  const done: T[] = []
  db.transaction(() => {
    done.push(act())
  })()
  return done[0]!
}

/** A shop that has its orders in the file of its queues, and a connection of its own to it. */
async function openShop(path?: string, clock?: FakeClock) {
  const file = path ?? (await newPath())
  const backend = await sqlite(file, { clock })
  const queues = await makeQueues(pay, backend, 'shop', { owner: 'me', ...(clock && { clock }) })
  const db = new Database(file)
  onTestFinished(async () => {
    db.close()
    await backend.close()
  })
  db.exec('create table if not exists orders (id text primary key)')
  const insert = db.prepare('insert into orders values (?)')
  const placed = () => db.prepare('select id from orders order by id').pluck().all()
  const waiting = async () => (await backend.list('shop/main')).rows.map(({ id }) => id)
  return { path: file, backend, queues, db, insert, placed, waiting }
}

test('a token enters if, and only if, the transaction of the caller is committed', async () => {
  const { queues, db, insert, placed, waiting, backend } = await openShop()
  const place = (id: string, isGood: boolean) =>
    within(db, () => {
      insert.run(id)
      const entered = queues.input.push(id, order, { in: db, priority: 3, by: 'ann' })
      if (!isGood) throw new Error('No money.')
      return entered
    })
  expect(() => place('a', false)).toThrow('No money.')
  expect(await place('b', true)).toEqual({ entered: true })
  expect([placed(), await waiting()]).toEqual([['b'], ['b']])
  expect(await backend.journey('shop', 'b')).toMatchObject({
    priority: 3,
    lines: [{ event: 'entered', actor: 'ann', queue: 'shop/main' }],
  })
})

test('what is refused is thrown at once, so that the transaction rolls back', async () => {
  const { queues, db, insert, placed, waiting } = await openShop()
  await queues.input.push('known', order)
  const place = db.transaction((id: string, amount: unknown) => {
    insert.run(id)
    void queues.input.push(id, { tag: 'Ordered', amount } as typeof order, { in: db })
  })
  expect(() => place('known', 5)).toThrow('"known"')
  expect(() => place('odd', 'five')).toThrow('amount')
  expect([placed(), await waiting()]).toEqual([[], ['known']])
})

test('what is refused has changed nothing of a transaction that goes on', async () => {
  const { queues, db, insert, placed, waiting } = await openShop()
  await queues.input.push('known', order)
  db.transaction(() => {
    insert.run('a')
    void queues.input.push('a', order, { in: db })
    expect(() => queues.input.push('known', order, { in: db })).toThrow('known')
    void queues.input.push('b', order, { in: db })
  })()
  expect([placed(), await waiting()]).toEqual([['a'], ['known', 'a', 'b']])
})

test('a savepoint of the caller takes back what entered in it', async () => {
  const { queues, db, waiting } = await openShop()
  const enter = db.transaction((id: string, isGood: boolean) => {
    void queues.input.push(id, order, { in: db })
    if (!isGood) throw new Error('No.')
  })
  db.transaction(() => {
    enter('a', true)
    expect(() => enter('b', false)).toThrow('No.')
    enter('c', true)
    void queues.input.push('b', order, { in: db })
  })()
  expect(await waiting()).toEqual(['a', 'c', 'b'])
  await queues.input.push('d', order)
  expect(await waiting()).toEqual(['a', 'c', 'b', 'd'])
})

test('all options of a push hold: once, ignoring, replacing, delays', async () => {
  const { queues, db, backend } = await openShop()
  const push = (id: string, options: object) =>
    within(db, () => queues.input.push(id, order, { ...options, in: db }))
  const once = { key: 'k', forMs: 60_000 }
  expect(await push('a', { once })).toEqual({ entered: true })
  expect(await push('b', { once })).toEqual({ entered: false })
  expect(await push('a', { enter: 'ignore' })).toEqual({ entered: false })
  expect(await push('a', { enter: 'replace', by: 'ann', reason: 'wrong' })).toEqual({ entered: true })
  expect(await push('c', { delayMs: 60_000 })).toEqual({ entered: true })
  expect(await backend.get('shop/main', 'a')).toMatchObject({ hop: 2 })
  expect(await backend.get('shop/main', 'c')).toMatchObject({ status: 'delayed' })
  expect(() => push('d', { enter: 'ignored' })).toThrow('ignored')
  expect(() => push('d', { delay: 5 })).toThrow('"delay"')
})

test('the file says the same as if the tokens were pushed without a transaction', async () => {
  const fill = async (isGuest: boolean) => {
    const clock = new FakeClock()
    const { queues, db, backend } = await openShop(undefined, clock)
    const push = (id: string, options: object) =>
      isGuest
        ? within(db, () => queues.input.push(id, order, { ...options, in: db }))
        : queues.input.push(id, order, options)
    for (const [id, options] of [
      ['a', {}],
      ['b', { priority: -2, delayMs: 500, by: 'ann', reason: 'why' }],
      ['a', { enter: 'replace' }],
      ['c', { once: { key: 'k', forMs: 500 } }],
    ] as const)
      await push(id, options)
    await clock.advance(2000)
    // The meters of this process are written with the next transaction.
    await queues.input.push('d', order)
    return dump(backend)
  }
  const [guest, plain] = [await fill(true), await fill(false)]
  expect(guest).toEqual(plain)
})

async function dump(backend: SqliteBackend) {
  const views = ['tokens', 'history', 'records', 'messages', 'meters', 'queues', 'shop_main']
  const tables = await Promise.all(views.map((view) => backend.query(`select * from ${view}`)))
  return views.map((view, i) => [view, tables[i]!.rows])
}

test('a connection whose statements give BigInts goes on giving them', async () => {
  const { queues, db, waiting } = await openShop()
  db.defaultSafeIntegers()
  await within(db, () => queues.input.push('a', order, { in: db }))
  expect(await waiting()).toEqual(['a'])
  expect(db.prepare('select 1').pluck().get()).toBe(1n)
})

test('what is no transaction on the file is refused, and nothing enters', async () => {
  const { queues, db, path, waiting } = await openShop()
  const push = (transaction: object) => () => queues.input.push('a', order, { in: transaction })
  expect(push({})).toThrow('it is no connection of better-sqlite3')
  expect(push(null as unknown as object)).toThrow('it is no connection of better-sqlite3')
  expect(push(db)).toThrow('the connection is in no transaction; push within db.transaction(...).')
  const other = new Database(`${path}-other`)
  const nowhere = new Database(':memory:')
  for (const each of [other, nowhere]) each.exec('begin')
  expect(push(other)).toThrow(`the connection is to ${path}-other, and the queues are in ${path}`)
  expect(push(nowhere)).toThrow(`the connection is to no file, and the queues are in ${path}.`)
  for (const each of [other, nowhere]) each.close()
  expect(push(other)).toThrow('the connection is closed.')
  const reader = new Database(path, { readonly: true })
  reader.exec('begin')
  expect(push(reader)).toThrow('readonly')
  reader.close()
  const rows = await openIterating(db)
  expect(push(db)).toThrow('while its connection goes through rows')
  rows.return?.()
  db.exec('rollback')
  expect(await waiting()).toEqual([])
})

async function openIterating(db: InstanceType<Library>) {
  db.exec(`begin; insert into orders values ('x'), ('y')`)
  const rows = db.prepare('select * from orders').iterate()
  rows.next()
  return rows
}

test('a file that a link leads to is the same', async () => {
  const { queues, path, waiting } = await openShop()
  symlinkSync(path, `${path}-link`)
  const linked = new Database(`${path}-link`)
  await within(linked, () => queues.input.push('a', order, { in: linked }))
  linked.close()
  expect(await waiting()).toEqual(['a'])
})

test('a connection of another copy of better-sqlite3 is refused, and one with another binary', async () => {
  const { queues } = await openShop()
  const require = createRequire(import.meta.url)
  const name = Number(process.versions['napi']) >= 10 ? 'better-sqlite3' : 'better-sqlite3-12'
  const home = dirname(require.resolve(`${name}/package.json`))
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-copy-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(join(home, 'lib'), join(folder, 'lib'), { recursive: true })
  const Other = require(join(folder, 'lib')) as Library
  const binary = readdirSync(home, { recursive: true, encoding: 'utf8' }).find(isBinary)
  const nativeBinding = join(folder, 'better_sqlite3.node')
  cpSync(join(home, binary!), nativeBinding)
  const file = join(folder, 'other.db')
  const sentence = 'it is of another copy of better-sqlite3 than the one that Pipewright has loaded'
  for (const Each of [Other, Database]) {
    const db = new Each(file, { nativeBinding })
    db.exec('begin')
    expect(() => queues.input.push('a', order, { in: db })).toThrow(sentence)
    db.close()
  }
})

const isBinary = (path: string) =>
  path.endsWith('.node') && path.includes('better_sqlite3') && !path.includes('obj')

test('a transaction that has read before another has written is told how to begin', async () => {
  const { queues, db, placed, waiting } = await openShop()
  db.exec('begin')
  placed()
  await queues.input.push('other', order)
  expect(() => queues.input.push('a', order, { in: db })).toThrow(
    'it has read the file, and another connection has written to it since; begin it to write (db.transaction(...).immediate()).',
  )
  db.exec('rollback')
  expect(await waiting()).toEqual(['other'])
})

test('a schema that answers later is refused, since the transaction does not wait', async () => {
  const path = await newPath()
  const backend = await sqlite(path)
  const Late = state('Late', z.object({ amount: z.number().refine(async () => true) }))
  const flow = wrapped(worker({ input: z.number(), output: z.number(), process: (n) => n }), {
    ...{ input: Late, output: Paid },
    pre: ({ amount }) => amount,
    post: (_, amount) => Paid({ amount }),
  })
  const { input } = await makeQueues(flow, backend, 'shop')
  const db = new Database(path)
  onTestFinished(async () => {
    db.close()
    await backend.close()
  })
  const push = () => input.push('a', Late({ amount: 1 }), { in: db })
  expect(() => within(db, push)).toThrow('better-sqlite3 waits for none')
  expect((await backend.count('shop/main'))[0]!.ready).toBe(0)
})

test('a backend that shares no transaction says so', async () => {
  const { input } = await makeQueues(pay, memory(), 'shop')
  expect(() => input.push('a', order, { in: {} })).toThrow(
    'This backend shares no transaction with its callers; push without `in`.',
  )
})
