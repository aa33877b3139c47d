import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createFile, openConnection } from '../../src/backends/sqlite/file/connection.ts'
import { migrate, schemaVersion } from '../../src/backends/sqlite/file/migrations.ts'
import { openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'
import { openMigrated } from '../../src/backends/sqlite/file/open-migrated.ts'
import { retryBusy } from '../../src/backends/sqlite/file/retry-busy.ts'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { entering, newPath, usualQueues, workflow } from '../backends/sqlite/fixture.ts'
import { builtFile } from '../built.ts'
import { laterSteps, makeSteps } from './migration-steps.ts'

// What happens between two versions of the schema. How each protection was taken out once, in a copy, to see this fail:
// - the transaction of `migrate`: what is killed half-way leaves tables of the new version in a file of the old one;
// - the second look at the version, in that transaction: who has waited makes every step again, and fails;
// - `refuseOthers`: the WAL of the newer file is gone after the refusal.

// Its processes and files share the machine with other tests.
vi.setConfig({ testTimeout: 60_000 })

const newest = schemaVersion + laterSteps
const points = Array.from({ length: laterSteps }, (_, n) => [`before ${n + 1}`, `after ${n + 1}`]).flat()

/** A database of today in which a token waits. */
async function makeOld(): Promise<string> {
  const path = await newPath()
  const backend = await sqlite(path)
  await backend.declare({ workflow, queues: usualQueues, fingerprint: 'v1' })
  await backend.commit([entering('a')])
  await backend.close()
  return path
}

/** What the file says by itself. */
function look(path: string) {
  const db = openDatabase(path)
  try {
    const version = db.pragma('user_version', { simple: true })
    const tables = db.prepare(`select name from sqlite_schema where name glob 'later_*'`).pluck().all()
    const columns = db
      .prepare(`select name from pragma_table_info('pw_tokens') where name glob 'later_*'`)
      .pluck()
      .all()
    const sound = db.pragma('integrity_check', { simple: true })
    return { version, tables, columns, sound }
  } finally {
    db.close()
  }
}

const names = Array.from({ length: laterSteps }, (_, n) => `later_${n + 1}`)
const isOld = { version: schemaVersion, tables: [], columns: [], sound: 'ok' }
const isNew = { version: newest, tables: names, columns: names, sound: 'ok' }

/** Another process that migrates `path`, with what it has said; it is killed when the test ends. */
function startMigrating(path: string) {
  const script = builtFile('test/chaos/migrating-process.ts')
  const child: ChildProcess = spawn(process.execPath, [script, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said: string[] = []
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  return {
    said,
    goOn: () => child.stdin!.write('.'),
    /** Lets it go on until it says `point`, and leaves it there. */
    async until(point: string) {
      for (;;) {
        const { value, done } = await lines.next()
        if (done) throw new Error(`It ended before "${point}".`)
        said.push(value)
        if (value === point) return
        this.goOn()
      }
    },
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

test('an older file is brought up to date, with all that is in it', async () => {
  const path = await makeOld()
  openMigrated(path, { migrations: makeSteps(() => {}) }).close()
  expect(look(path)).toEqual(isNew)
  const db = openDatabase(path, { readonly: true })
  expect(db.prepare('select id, later_1 = token as moved from pw_tokens').all()).toEqual([
    { id: 'a', moved: 1 },
  ])
  expect(db.prepare('select id, status from shop_first').all()).toEqual([{ id: 'a', status: 'ready' }])
  db.close()
})

// Each starts a process, which takes its time.
const chosen = process.env['CHAOS'] === 'long' ? points : ['before 1', 'after 2', `after ${laterSteps}`]

test.each(chosen)(
  'a migration that is killed %s has not happened, and the next one does it',
  async (point) => {
    const path = await makeOld()
    const migrating = startMigrating(path)
    await migrating.until(point)
    await migrating.kill()
    const today = await sqlite(path)
    expect((await today.journey(workflow, 'a'))?.queue).toBe('shop/first')
    await today.close()
    expect(look(path)).toEqual(isOld)
    openMigrated(path, { migrations: makeSteps(() => {}) }).close()
    expect(look(path)).toEqual(isNew)
  },
)

test('a migration that is killed after its commit has happened', async () => {
  const path = await makeOld()
  const migrating = startMigrating(path)
  await migrating.until('committed')
  await migrating.kill()
  expect(look(path)).toEqual(isNew)
})

test('a new file whose first migration is killed is empty, and is made by the next process', async () => {
  const path = await newPath()
  createFile(path)
  const migrating = startMigrating(path)
  await migrating.until('before 1')
  await migrating.kill()
  const today = await sqlite(path)
  expect(await today.count()).toEqual([])
  await today.close()
  expect(look(path)).toEqual(isOld)
})

test('of two processes that migrate at once one does it, and the other waits and finds it done', async () => {
  const path = await makeOld()
  const first = startMigrating(path)
  await first.until('after 2')
  const mine: string[] = []
  let tries = 0
  const second = retryBusy(() => {
    tries++
    return openMigrated(path, { migrations: makeSteps((point) => mine.push(point)) })
  })
  await expect.poll(() => tries).toBeGreaterThan(2)
  first.goOn()
  await first.until('committed')
  ;(await second).close()
  expect([...first.said, ...mine]).toEqual([...points, 'committed'])
  expect(look(path)).toEqual(isNew)
})

test('who has looked before another one migrates, and has its turn after it, finds it done', async () => {
  const path = await makeOld()
  const db = openConnection(path)
  const transaction = db.transaction.bind(db)
  vi.spyOn(db, 'transaction').mockImplementationOnce((work) => {
    openMigrated(path, { migrations: makeSteps(() => {}) }).close()
    return transaction(work)
  })
  const mine: string[] = []
  migrate(
    db,
    makeSteps((point) => mine.push(point)),
  )
  db.close()
  expect(mine).toEqual([])
  expect(look(path)).toEqual(isNew)
})

// In a process that dies, so that the file and what is not yet in it stay as they are.
const library = new URL('../../src/backends/sqlite/file/open-database.mjs', import.meta.url)
const leaveWal = `
  import { openDatabase } from '${library}'
  const db = openDatabase(process.argv[1])
  db.pragma('wal_autocheckpoint = 0')
  db.exec(process.argv[2])
  process.kill(process.pid, 'SIGKILL')`

test.each([
  ['of a newer version', `pragma user_version = ${newest}; update pw_tokens set parent = 'x'`],
  ['of another program', 'pragma application_id = 7; update pw_tokens set parent = 1'],
])('a file %s is refused and not touched, nor is its WAL', async (_, sql) => {
  const path = await makeOld()
  spawnSync(process.execPath, ['--input-type=module', '-e', leaveWal, path, sql])
  const before = [path, `${path}-wal`].map((file) => readFileSync(file))
  expect(before[1]!.length).toBeGreaterThan(0)
  for (let n = 0; n < 2; n++) await expect(sqlite(path)).rejects.toThrow(/newer Pipewright|another program/)
  expect(existsSync(`${path}-wal`)).toBe(true)
  expect([path, `${path}-wal`].map((file) => readFileSync(file))).toEqual(before)
  const db = openDatabase(path)
  expect(db.prepare('select parent from pw_tokens').pluck().get()).toMatch(/x|1/)
  db.close()
})
