import { execFileSync, spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { entering, newPath, usualQueues, workflow } from '../../backends/sqlite/fixture.ts'

// The program `sqlite3` of the distribution, often years older than the SQLite of better-sqlite3.

const version = execFileSync('sqlite3', ['--version'], { encoding: 'utf8' }).split(' ')[0]!

function isOld(): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return (major * 1000 + minor) * 1000 + patch < 3_051_003
}

async function newFile(): Promise<string> {
  const path = await newPath()
  const backend = await sqlite(path)
  await backend.declare({ workflow, queues: usualQueues, fingerprint: 'v1' })
  await backend.commit([entering('a')])
  await backend.close()
  return path
}

function ask(path: string, sql: string) {
  return spawnSync('sqlite3', [path, sql], { encoding: 'utf8' })
}

test(`sqlite3 ${version} reads every view and table of a file`, async () => {
  const path = await newFile()
  const db = openDatabase(path, { readonly: true })
  const names = db
    .prepare<[], string>(
      `select name from sqlite_schema where type in ('view', 'table') and name not like 'sqlite_%'`,
    )
    .pluck()
    .all()
  db.close()
  expect(names.length).toBeGreaterThan(10)
  for (const name of names) {
    const { status, stderr } = ask(path, `select * from "${name}"`)
    expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: '' })
  }
  expect(ask(path, 'select id, queue, status from tokens').stdout).toBe('a|shop/first|ready\n')
})

test(`an insert into the inbox by sqlite3 ${version} is refused if that is older than 3.51.3`, async () => {
  const path = await newFile()
  const { status, stderr } = ask(path, `insert into shop_inbox (id, value) values ('b', '{}')`)
  const count = ask(path, 'select count(*) from shop_inbox').stdout
  if (isOld()) {
    expect(stderr).toContain('write to it with SQLite 3.51.3 or newer, or push over HTTP.')
    expect([status === 0, count]).toEqual([false, '0\n'])
  } else expect([status, count]).toEqual([0, '1\n'])
})
