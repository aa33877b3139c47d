import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import type { HistoryLine, LinesRequest } from '../../../src/queue/lines.ts'
import { entering, newPath, openShop } from './fixture.ts'

const day = 86_400_000
const start = Date.parse('2026-01-01T00:00:00Z')

/** A shop with 250,000 lines, one a second, of which every tenth was deleted; people did two things. */
async function longHistory() {
  const path = await newPath()
  const shop = await openShop(path)
  await shop.commit([entering('a')])
  const db = openDatabase(path)
  onTestFinished(() => void db.close())
  db.exec(`
    delete from pw_history;
    insert into pw_history (at, token, hop, queue, event) with recursive n(i) as (select 0 union all select i + 1 from n where i < 249999)
      select ${start} + i * 1000, 1, 1, 1, 1 from n;
    update pw_history set actor = 'ann', event = 13 where line in (60000, 200001);
    delete from pw_history where line % 10 = 5;`)
  const all = async (request: LinesRequest) => {
    const pages: (readonly HistoryLine[])[] = []
    for (let after: string | undefined; ; ) {
      const page = await shop.lines({ ...request, after })
      pages.push(page.lines)
      after = page.next
      if (after === undefined) return pages
    }
  }
  return { shop, all }
}

test.each(['oldest', 'newest'] as const)('looks at 100,000 lines a page at most, %s first', async (order) => {
  const { all } = await longHistory()
  expect(await all({ event: 'cancelled', order })).toEqual([[], [], []])
  const claimed = await all({ event: 'claimed', order })
  const lines = [60_000, 200_001]
  expect(claimed.flat().map(({ line }) => line)).toEqual(order === 'oldest' ? lines : lines.toReversed())
  expect(claimed).toHaveLength(3)
  const people = await all({ actor: 'ann', order })
  expect(people.map((page) => page.length)).toEqual([2])
  expect((await all({ actor: 'bob', order })).flat()).toEqual([])
})

test('finds a time among lines of which some are gone', async () => {
  const { shop, all } = await longHistory()
  for (const second of [0, 4, 5, 6, 123_454, 249_999]) {
    const from = start + second * 1000
    const [first] = (await shop.lines({ from, limit: 1 })).lines
    expect(first?.at).toBe(start + (second % 10 === 4 ? second + 1 : second) * 1000)
    const [last] = (await shop.lines({ to: from + 1, limit: 1, order: 'newest' })).lines
    expect(last?.at).toBe(start + (second % 10 === 4 ? second - 1 : second) * 1000)
  }
  expect((await all({ from: start + 4 * day })).flat()).toEqual([])
  expect((await all({ to: start })).flat()).toEqual([])
})
