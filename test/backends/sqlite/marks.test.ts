import { expect, onTestFinished, test } from 'vitest'
import { allMigrations, migrate } from '../../../src/backends/sqlite/file/migrations.ts'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { fewTokens, type Place, searchesFor, tokensOf } from '../../../src/backends/sqlite/filter/few.ts'
import { scan } from '../../../src/backends/sqlite/filter/scan.ts'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { makeMarkDropper } from '../../../src/backends/sqlite/keeper/dropping-marks.mjs'
import { createMarks } from '../../../src/backends/sqlite/tables/mark-table.ts'
import type { Filter } from '../../../src/queue/filter.ts'
import type { Position } from '../../../src/queue/position.ts'
import { entering, moving, newPath, openShop, request } from './fixture.ts'

function openBeside(path: string) {
  const db = openDatabase(path)
  onTestFinished(() => void db.close())
  return db
}

const count = 'select count(*) from pw_marks'

test('the view of marks has those of the stays that go on', async () => {
  const shop = await openShop(await newPath())
  await shop.commit([
    entering('a', { marks: { class: 'torn', due: 5 } }),
    entering('b', { marks: { class: 'bent' } }),
  ])
  const [held] = await shop.lease('shop/first', { ...request, ids: ['b'] })
  await shop.commit(moving(held!, 'shop/first', 'shop/second'))
  expect((await shop.query('select queue, workflow, id, mark, value from marks order by mark')).rows).toEqual(
    [
      ['shop/first', 'shop', 'a', 'class', 'torn'],
      ['shop/first', 'shop', 'a', 'due', 5],
    ],
  )
  const { rows } = await shop.query(`select event, actor, reason from history where event = 'noted'`)
  expect(rows).toEqual([])
})

test('a hop leaves marks behind, and the keeper drops them, a batch at a time', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  const ids = Array.from({ length: 600 }, (_, n) => `t${n}`)
  await shop.commit(ids.map((id) => entering(id, { marks: { class: id, due: 1 } })))
  await shop.commit([entering('stays', { marks: { class: 'x' } })])
  // The keeper of a process that has it open would be quicker now and then.
  await shop.close()
  const db = openBeside(path)
  const left = () => db.prepare<[], number>(count).pluck().get()
  const drop = makeMarkDropper(db)
  expect([drop(0), drop(0), left()]).toEqual([true, false, 1201])
  db.exec(`update pw_tokens set hop = 2 where id <> 'stays'`)
  expect([drop(9_999), left()]).toEqual([false, 1201])
  expect([drop(60_000), left()]).toEqual([true, 201])
  expect([drop(60_000), left()]).toEqual([false, 1])
})

test('a token that gets marks again loses those of its former stays', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  await shop.commit([entering('a', { marks: { class: 'torn', due: 1 } })])
  const [held] = await shop.lease('shop/first', request)
  const [leave, arrive] = moving(held!, 'shop/first', 'shop/second')
  await shop.commit([leave!, { ...arrive!, marks: { class: 'bent' } } as never])
  expect(openBeside(path).prepare('select mark, value, hop from pw_marks').all()).toEqual([
    { mark: 'class', value: 'bent', hop: 2 },
  ])
})

test('what had failed before there were marks gets its print', async () => {
  const path = await newPath()
  const db = openDatabase(path)
  migrate(db, allMigrations.slice(0, allMigrations.indexOf(createMarks)))
  const insert = db.prepare(
    `insert into pw_tokens (id, workflow, entered_at, queue, hop, status, deploy, arrived_at, error)
       values (?, 'w', 0, 1, 2, ?, 1, 0, ?)`,
  )
  db.exec(
    `insert into pw_queues (ref, name, view, workflow, role, made_by, made_at) values (1, 'w/q', 'w_q', 'w', 'stage', '', 0)`,
  )
  const error = JSON.stringify({ kind: 'error', name: 'Error', message: 'Page 7 is torn.' })
  for (const [id, status] of [
    ['a', 'dead'],
    ['b', 'delayed'],
    ['c', 'ready'],
  ])
    insert.run(id, status, error)
  insert.run('d', 'dead', null)
  insert.run('e', 'dead', 'edited by hand')
  migrate(db)
  expect(db.prepare('select id, mark, value from marks order by id').all()).toEqual([
    { id: 'a', mark: 'print', value: 'Error: Page * is torn.' },
    { id: 'b', mark: 'print', value: 'Error: Page * is torn.' },
  ])
  db.close()
  const backend = await sqlite(path)
  onTestFinished(() => backend.close())
  expect((await backend.get('w/q', 'a'))?.marks).toEqual({ print: 'Error: Page * is torn.' })
})

test('a look at many rows ends at its bound, and the next goes on there', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  const ids = Array.from({ length: 40 }, (_, n) => `t${n}`)
  await shop.commit(
    ids.map((id, n) =>
      entering(id, { value: { n: n % 9 }, marks: { due: n % 4, ...(n % 5 === 0 && { due: null }) } }),
    ),
  )
  const db = openBeside(path)
  const place = db.prepare(`select ref, workflow from pw_queues where name = 'shop/first'`).get() as Place
  const where = [{ path: 'n', is: 7 }] as const
  for (const by of [undefined, 'due']) {
    const found: number[] = []
    let looks = 0
    for (let start: Position | undefined, more = true; more; looks++) {
      const moment = { now: Date.now(), elapsed: 0 }
      const scanned = scan(db, place, {
        only: { where },
        order: 'oldest',
        by,
        start,
        moment,
        count: 3,
        budget: 7,
      })
      expect(scanned.found.length).toBeLessThanOrEqual(3)
      found.push(...scanned.found.map(({ token }) => token))
      start = scanned.stopped
      more = start !== undefined
    }
    expect([looks, found.sort((a, b) => a - b)], by).toEqual([by ? 10 : 6, [8, 17, 26, 35]])
  }
})

test('each search is by its index, and none reads a whole table', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  await shop.commit([entering('a', { marks: { class: 'torn' } })])
  const db = openBeside(path)
  const plans: Record<string, string> = {}
  const wanted: readonly (readonly [Filter, string])[] = [
    [
      { ids: ['a'] },
      'SEARCH pw_tokens USING COVERING INDEX sqlite_autoindex_pw_tokens_1 (id=? AND workflow=?)',
    ],
    [{ idPrefix: 'a' }, 'SEARCH pw_tokens USING COVERING INDEX sqlite_autoindex_pw_tokens_1 (id>? AND id<?)'],
    [{ parent: 'a' }, 'SEARCH pw_tokens USING INDEX pw_parent (parent=?)'],
    [{ owner: 'a' }, 'SCAN pw_tokens USING INDEX pw_leased'],
    [
      { marks: { class: { any: ['torn', 7] } } },
      'SEARCH d USING PRIMARY KEY (queue=? AND mark=? AND value=?)',
    ],
    [
      { marks: { due: { from: 1, to: 2 } } },
      'SEARCH d USING PRIMARY KEY (queue=? AND mark=? AND value>? AND value<?)',
    ],
  ]
  for (const [only, plan] of wanted) {
    const [search] = searchesFor({ ref: 1, workflow: 'shop' }, only)
    const { sql, binds } = tokensOf(search!)
    const steps = db.prepare(`explain query plan ${sql}`).all(binds) as { detail: string }[]
    plans[plan] = steps[0]!.detail
    expect(fewTokens(db, { ref: 1, workflow: 'shop' }, only)).toMatch(/^\[/)
  }
  expect(Object.values(plans)).toEqual(wanted.map(([, plan]) => plan))
  expect(fewTokens(db, { ref: 1, workflow: 'shop' }, { tag: 'New' })).toBeUndefined()
})
