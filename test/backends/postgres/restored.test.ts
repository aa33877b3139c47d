import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { postgres } from '../../../src/backends/postgres/postgres.ts'
import { makeDatabase } from '../../postgres/own-database.ts'
import { entering, shop } from './press-shop.ts'

// A standby that takes over, or a restore, may give numbers out anew that processes have which go on.

it('a process is not taken for another one, though the numbers of processes have gone back', async () => {
  const url = await makeDatabase()
  const before = await postgres(url)
  onTestFinished(() => before.close())
  await before.declare(shop)
  for (const n of [1, 2, 3]) await before.commit([entering(`a${n}`)])
  const operator = new pg.Client(url)
  await operator.connect()
  onTestFinished(() => operator.end())
  await operator.query('alter sequence pipewright.pw_instances restart')
  const after = await postgres(url)
  onTestFinished(() => after.close())
  await after.declare(shop)
  for (const n of [1, 2, 3])
    await Promise.all([after, before].map((each, at) => each.commit([entering(`b${at}${n}`)])))
  // What each has done last is remembered of each by itself.
  expect((await operator.query('select from pipewright.pw_turns')).rowCount).toBe(2)
  expect((await after.count('first'))[0]).toMatchObject({ ready: 9 })
})
