import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { schemaVersion } from '../../src/backends/sqlite/file/migrations.ts'
import { openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { makeOldFile, newPath } from '../backends/sqlite/fixture.ts'
import { builtFile } from '../built.ts'

// A database of the older layout, migrated by processes that are killed at any moment. The delay of a kill is a part of the
// time that the whole migration takes here, so that the kills are spread over it on any machine. Taken out, in a copy, to see
// this fail: the transaction of `migrate` (tables of both layouts are left).

// Its processes and files share the machine with other tests.
const long = process.env['CHAOS'] === 'long'
vi.setConfig({ testTimeout: long ? 600_000 : 60_000 })

const kills = long ? 60 : 3
const tokens = long ? 20_000 : 3000

async function makeOld(): Promise<string> {
  const path = await newPath()
  makeOldFile(path, 5)
  const db = openDatabase(path)
  db.pragma('journal_mode = wal')
  const numbers = `with recursive n (i) as (select 1000 union all select i + 1 from n where i < ${tokens + 999})`
  db.exec(`${numbers} insert into pw_tokens (ref, id, workflow, entered_at, last_hop) select i, 't' || i, 'shop', 1, 1 from n;
    ${numbers} insert into shop_first (token, id, hop, value, status, entered_at, deploy) select i, 't' || i, 1, '{"tag":"Cat"}', 'ready', 1, 1 from n`)
  db.close()
  return path
}

/** What is in the file, as it is: the version, whether it is sound, and all messages by queue and id. */
function look(path: string) {
  const db = openDatabase(path)
  try {
    const version = db.pragma('user_version', { simple: true })
    const sound = db.pragma('integrity_check', { simple: true })
    const all = db.prepare('select queue, id, status, hop from tokens order by workflow, id').raw().all()
    return { version, sound, all }
  } finally {
    db.close()
  }
}

/** Migrates in a process that is killed after `ms` of it, if it is not done before. Returns how long it ran. */
async function migrate(path: string, ms = Number.POSITIVE_INFINITY): Promise<number> {
  const child = spawn(process.execPath, [builtFile('test/chaos/old-file-process.ts'), path])
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  const startedAt = performance.now()
  const done = once(child.stdout, 'data')
  if (ms < Number.POSITIVE_INFINITY) await Promise.race([closed, sleep(ms)])
  else await done
  const ranMs = performance.now() - startedAt
  child.kill('SIGKILL')
  await closed
  return ranMs
}

test('a migration of an older layout that is killed at any moment leaves the file as it was, or as it is to be', async () => {
  const original = await makeOld()
  const before = look(original)
  expect(before).toMatchObject({ version: 5, sound: 'ok' })
  const whole = await newPath()
  copyFileSync(original, whole)
  const takesMs = await migrate(whole)
  const after = look(whole)
  expect(after).toMatchObject({ version: schemaVersion, sound: 'ok', all: before.all })

  const versions = new Set<unknown>()
  for (let kill = 0; kill < kills; kill++) {
    const path = await newPath()
    copyFileSync(original, path)
    await migrate(path, (takesMs * (kill + 0.5)) / kills)
    const left = look(path)
    versions.add(left.version)
    expect([before, after], `killed after ${kill + 0.5} of ${kills} parts`).toContainEqual(left)
    // The next process does it.
    await (await sqlite(path)).close()
    expect(look(path)).toEqual(after)
    const copy = `${path}.schema5.bak`
    if (existsSync(copy)) expect(look(copy)).toEqual(before)
  }
  expect(versions).toContain(5)
})
