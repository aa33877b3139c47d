import { expect, test } from 'vitest'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import type { QueueSpec } from '../../../src/queue/backend.ts'
import { entering, moving, newPath, openShop, request, usualQueues, workflow } from './fixture.ts'

const renamed: readonly QueueSpec[] = [
  { name: 'shop/start', role: 'stage', was: ['shop/first'] },
  ...usualQueues.slice(1),
]

test('a process of the older version goes on under the old name when a newer one has renamed the queue', async () => {
  const path = await newPath()
  const older = await openShop(path)
  await older.commit([entering('a'), entering('b')])
  const [held] = await older.lease('shop/first', request)
  const newer = await sqlite(path)
  await newer.declare({ workflow, queues: renamed, fingerprint: 'v2' })
  await older.commit(moving(held!, 'shop/first', 'shop/second'))
  await older.commit([entering('c')])
  const leased = await newer.lease('shop/start', { ...request, limit: 10 })
  expect(leased.map(({ id }) => id)).toEqual(['b', 'c'])
  const { rows } = await newer.query('select id, queue from tokens order by id')
  expect(rows).toEqual([
    ['a', 'shop/second'],
    ['b', 'shop/start'],
    ['c', 'shop/start'],
  ])
  await newer.close()
})

test('a process of the older version finds its queues also if it uses them for the first time after that', async () => {
  const path = await newPath()
  const older = await openShop(path)
  const newer = await sqlite(path)
  await newer.declare({ workflow, queues: renamed, fingerprint: 'v2' })
  await older.commit([entering('a')])
  expect((await newer.lease('shop/start', request)).map(({ id }) => id)).toEqual(['a'])
  await newer.close()
})

test('what an older process puts into a queue that is gone is counted, and stops the next declaration', async () => {
  const path = await newPath()
  const older = await openShop(path)
  const newer = await sqlite(path)
  const without = usualQueues.slice(1)
  await newer.declare({ workflow, queues: without, fingerprint: 'v2' })
  expect((await newer.count()).map(({ queue }) => queue)).not.toContain('shop/first')
  await older.commit([entering('late')])
  expect((await newer.count()).find(({ queue }) => queue === 'shop/first')).toMatchObject({ ready: 1 })
  const again = newer.declare({ workflow, queues: without, fingerprint: 'v2' })
  await expect(again).rejects.toThrow(/^1 message waits in queue "shop\/first", .* Nothing was changed\.$/)
  await newer.declare({ workflow, queues: renamed, fingerprint: 'v3' })
  expect((await newer.lease('shop/start', request)).map(({ id }) => id)).toEqual(['late'])
  await newer.close()
})

// Taken out, to see this fail: the loop over `salt` in `table-name.ts` ("table q_... already exists").
test('a queue may be renamed again and again, and its old name given to another each time', async () => {
  const backend = await sqlite(await newPath())
  const odd = 'a name that no table can have: é'
  const specs: QueueSpec[] = [{ name: odd, role: 'stage' }]
  await backend.declare({ workflow, queues: specs, fingerprint: '0' })
  for (const version of ['1', '2', '3']) {
    specs.push({ name: `was ${version}`, role: 'stage', was: [odd] })
    await backend.declare({ workflow, queues: specs.slice(1), fingerprint: `${version}a` })
    await backend.declare({ workflow, queues: specs, fingerprint: version })
  }
  expect((await backend.count()).map(({ queue }) => queue).sort()).toEqual([odd, 'was 1', 'was 2', 'was 3'])
  await backend.close()
})

// Taken out, to see this fail: the case of a NUL in `quote` in `views.ts` (the statement ends there).
test('a queue whose name has a NUL is in the views like any other', async () => {
  const backend = await sqlite(await newPath())
  await backend.declare({ workflow, queues: [{ name: 'a\0b', role: 'stage' }], fingerprint: '0' })
  const { rows } = await backend.query('select hex(name) from queues')
  expect(rows).toEqual([['610062']])
  await backend.close()
})
