import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { fewTokens } from '../../../src/backends/sqlite/filter/few.ts'
import { makeTextDropper } from '../../../src/backends/sqlite/keeper/dropping-texts.mjs'
import { entering, moving, newPath, openShop, request } from './fixture.ts'

function openBeside(path: string) {
  const db = openDatabase(path)
  onTestFinished(() => void db.close())
  return db
}

const count = 'select (select count(*) from pw_texts) + (select count(*) from pw_text_content)'

test('nothing is written where there is no text, or one without words', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  await shop.commit([entering('a', { marks: { class: 'torn' } }), entering('b', { text: '' })])
  await shop.commit([entering('c', { text: '...' })])
  const [held] = await shop.lease('shop/first', request)
  await shop.commit(moving(held!, 'shop/first', 'shop/second'))
  const left = openBeside(path).prepare<[], number>(count).pluck()
  expect(left.get()).toBe(0)
  await shop.commit([entering('d', { text: 'torn' })])
  expect(left.get()).toBe(2)
  await shop.commit([{ kind: 'mark', queue: 'shop/first', id: 'd', set: {}, text: null, actor: 'ann' }])
  expect(left.get()).toBe(0)
})

test('a hop leaves a text behind, and the keeper drops it, a batch at a time', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  const ids = Array.from({ length: 1100 }, (_, n) => `t${n}`)
  await shop.commit(ids.map((id) => entering(id, { text: `torn ${id}` })))
  await shop.commit([entering('stays', { text: 'torn' })])
  // The keeper of a process that has it open would be quicker now and then.
  await shop.close()
  const db = openBeside(path)
  const left = () => db.prepare<[], number>(count).pluck().get()
  const drop = makeTextDropper(db)
  expect([drop(0), drop(0), left()]).toEqual([true, false, 2202])
  db.exec(`update pw_tokens set hop = 2 where id <> 'stays'`)
  expect([drop(9_999), left()]).toEqual([false, 2202])
  expect([drop(60_000), left()]).toEqual([true, 202])
  expect([drop(60_000), left()]).toEqual([false, 2])
  db.exec(`insert into pw_text (pw_text) values ('integrity-check')`)
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
})

test('a few that have a word are found by the index, in a queue of many', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  await shop.commit(
    Array.from({ length: 20 }, (_, n) => entering(`t${n}`, { text: n === 7 ? 'torn' : 'whole' })),
  )
  const db = openBeside(path)
  expect(fewTokens(db, { ref: 1, workflow: 'shop' }, { text: 'torn' })).toBe('[8]')
  expect(fewTokens(db, { ref: 2, workflow: 'shop' }, { text: 'torn' })).toBe('[]')
})
