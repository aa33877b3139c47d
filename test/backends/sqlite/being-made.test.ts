import { join } from 'node:path'
import { expect, test } from 'vitest'
import { betterSqlite3, sqlite } from '../../../src/backends/sqlite/index.ts'
import { looking } from '../../../src/backends/sqlite/look/look.ts'
import { folder } from '../../cli/rig.ts'

/** A file of which another process has written the first page, and nothing else yet. */
function halfMade(): string {
  const path = join(folder(), 'queues.db')
  const db = new (betterSqlite3())(path)
  db.pragma('journal_mode = wal')
  db.close()
  return path
}

test('a file that another process is just making is made, or there is none yet', async () => {
  const path = halfMade()
  const absent: string[] = []
  const standIn = await looking({ mayWrite: true, absent }, () => sqlite(path))
  expect(await standIn.count()).toEqual([])
  await standIn.close()
  expect(absent).toEqual([path])
  const made = await looking({ mayWrite: true, mayMake: true }, () => sqlite(path))
  await made.declare({ workflow: 'w', fingerprint: '', queues: [{ name: 'w/main', role: 'stage' }] })
  await made.close()
  const seen = await looking({ mayWrite: false }, () => sqlite(path))
  expect(await seen.deploys('w')).toHaveLength(1)
  await seen.close()
})
