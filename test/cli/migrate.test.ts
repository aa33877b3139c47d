import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'
import { makeOldFile } from '../backends/sqlite/fixture.ts'
import { cli, folder, letters } from './rig.ts'

/** A folder with a database of the first version. */
function oldFolder(): string {
  const path = folder()
  makeOldFile(join(path, 'queues.db'), 1)
  return path
}

it.each([
  [['status']],
  [['token', 'ready']],
  [['retry', 'shop/first']],
  [['cancel', 'ready', '--reason', 'a test']],
  [['pause', 'shop/first']],
  [['resume', 'shop/first']],
  [['seed', letters, '--ids', 'a', '--db', 'queues.db']],
  [['seed', letters, '--ids', 'a', '--db', 'queues.db', '--dry-run']],
  [['check', letters, '--db', 'queues.db']],
])('%j migrates nothing: it says what to do, and leaves an older database as it is', async (args) => {
  const path = oldFolder()
  const before = readFileSync(join(path, 'queues.db'))
  const { code, err } = await cli(path, ...args)
  expect(err).toMatch(
    /^error: The database \S+queues\.db has the schema of an older version \(1; this one is \d+\); end all processes that use it, and run `pipewright migrate --db \S+queues\.db`, or start the app\. Nothing was changed\.$/m,
  )
  expect(code).toBe(1)
  expect(readFileSync(join(path, 'queues.db')).equals(before)).toBe(true)
})

it('migrates an older database, keeps a copy of what it was, and says where', async () => {
  const path = oldFolder()
  const { code, out } = await cli(path, 'migrate')
  expect(code).toBe(0)
  expect(out).toMatch(
    /^The database \S+queues\.db was migrated from schema 1 to \d+; as it was it is in \S+queues\.db\.schema1\.bak\.$/,
  )
  const copy = openDatabase(join(path, 'queues.db.schema1.bak'), { readonly: true })
  expect(copy.prepare(`select count(*) as n from shop_first`).get()).toEqual({ n: 4 })
  copy.close()
  expect((await cli(path, 'status')).out).toContain('shop/first')
  expect(await cli(path, 'migrate')).toMatchObject({ code: 0, out: 'The database is up to date.' })
  expect(await cli(path, 'migrate', '--json')).toMatchObject({ code: 0, out: '{"migrated":[]}' })
})

it('writes no copy if it is told so', async () => {
  const path = oldFolder()
  expect((await cli(path, 'migrate', '--no-copy')).out).toMatch(/migrated from schema 1 to \d+\.$/)
  expect(existsSync(join(path, 'queues.db.schema1.bak'))).toBe(false)
})

it('refuses while the database is open elsewhere, and where there is none', async () => {
  const path = oldFolder()
  const other = openDatabase(join(path, 'queues.db'))
  other.pragma('journal_mode = wal')
  other.prepare('select count(*) from pw_tokens').get()
  const { code, err } = await cli(path, 'migrate')
  other.close()
  expect(err).toMatch(
    /has to be migrated, for which no other process may have it open; end .+ Nothing was changed\.$/,
  )
  expect(code).toBe(1)
  expect((await cli(folder(), 'migrate')).err).toContain('There is no queues.db in this folder')
  const { err: none } = await cli(folder(), 'migrate', '--app', letters)
  expect(none).toMatch(/There is no database \S+ yet\./)
})
