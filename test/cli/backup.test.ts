import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { schemaVersion } from '../../src/backends/sqlite/file/migrations.ts'
import { makeOldFile } from '../backends/sqlite/fixture.ts'
import { built } from './built.ts'
import { answerOf, cli, folder, letters, start } from './rig.ts'

// Processes start slowly on a machine that has other things to do.
vi.setConfig({ testTimeout: 120_000 })

/** Tokens whose journey contradicts where they are. */
const odd = `
  with entered as materialized (select id, count(*) as times from history where event = 'entered' group by id),
    moved as materialized (select id, count(*) as times, max(hop), to_queue from history where event = 'moved' group by id)
  select t.id from tokens t left join entered e on e.id = t.id left join moved m on m.id = t.id
  where t.queue is null or e.times is not 1 or coalesce(m.times, 0) <> t.hop - 1 or (t.hop > 1 and m.to_queue is not t.queue)`

it('backs up while workers move tokens; restored elsewhere, each is in one queue with its journey, and goes on', async () => {
  const cwd = folder()
  const count = 600
  await cli(cwd, 'seed', letters, '--sample', String(count))
  const work = start(built.main, cwd, 'work', built.letters)
  const copies: string[] = []
  const finished = async (path: string) =>
    (await answerOf(path, 'sql', "select count(*) as n from tokens where queue = 'letters/output'"))[0].n
  await vi.waitUntil(async () => (await finished(cwd)) > 0, { timeout: 60_000, interval: 10 })
  for (let n = 0; n < 3; n++) {
    copies.push(join(cwd, `copy-${n}.db`))
    const said = await answerOf(cwd, 'backup', `copy-${n}.db`)
    expect(said).toMatchObject({
      database: 'queues.db',
      file: `copy-${n}.db`,
      tokens: count,
      schema: schemaVersion,
    })
  }
  work.process.kill('SIGKILL')
  await work.ended
  const moved: number[] = []
  for (const copy of copies) {
    const isFirst = copy === copies[0]
    const there = folder()
    copyFileSync(copy, join(there, 'queues.db'))
    expect(await answerOf(there, 'sql', odd)).toEqual([])
    const [{ n }] = await answerOf(there, 'sql', 'select count(distinct id) as n from tokens')
    expect(n).toBe(count)
    moved.push(await finished(there))
    expect((await cli(there, 'check', letters)).out).toBe(
      `config ok, wiring ok, ${count} waiting messages fit`,
    )
    if (!isFirst) continue
    const run = start(built.main, there, 'run', built.letters, '--until-idle')
    expect(await run.ended, run.output()).toBe(0)
    expect(run.output()).toContain(`${count} finished, 0 in review, 0 dead`)
    expect(await answerOf(there, 'sql', odd)).toEqual([])
  }
  // They were taken in the middle of it.
  expect(moved[0]).toBeLessThan(count)
  expect(moved[0]).toBeGreaterThan(0)
})

it('takes the database of an app, with its config, also one of an older version', async () => {
  const cwd = folder({ 'c.yaml': 'folder: data' })
  mkdirSync(join(cwd, 'data'))
  const options = ['--app', letters, '--config', 'c.yaml']
  expect(await cli(cwd, 'backup', 'b.db', ...options)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^error: There is no database \S+data\/queues\.db yet\.$/),
  })
  await cli(cwd, 'seed', letters, '--config', 'c.yaml', '--ids', 'a')
  expect((await cli(cwd, 'backup', 'b.db', ...options)).out).toMatch(
    /^Backed up \S+data\/queues\.db to b\.db: 1 token, 1 line of history, \d+ KB, schema \d+; checked\.$/,
  )
  expect(await cli(cwd, 'backup', 'b.db', ...options)).toMatchObject({
    code: 2,
    err: 'error: b.db is there already; name another file, or replace it with --force.',
  })
  expect((await cli(cwd, 'backup', 'b.db', '--force', ...options)).code).toBe(0)
  makeOldFile(join(cwd, 'old.db'), 5)
  expect(await answerOf(cwd, 'backup', 'o.db', '--app', letters, '--db', 'old.db')).toMatchObject({
    schema: 5,
  })
})

it('refuses in a sentence what cannot be backed up', async () => {
  const cwd = folder({ 'queues.db': 'no database at all, '.repeat(100) })
  expect(await cli(cwd, 'backup', 'b.db')).toMatchObject({
    code: 1,
    err: 'error: queues.db is not a SQLite database; name another file.',
  })
  expect((await cli(cwd, 'backup', 'b.db', '--db', 'none.db')).code).toBe(2)
  expect((await cli(cwd, 'backup', 'b.db', '--config', 'c.yaml')).err).toContain('is for an app; name it too')
  writeFileSync(join(cwd, 'private.mjs'), appInMemory)
  expect((await cli(cwd, 'backup', 'b.db', '--app', 'private.mjs')).err).toBe(
    'error: The queues of the app "x" are in no SQLite file of this machine; back them up where they are.',
  )
  expect(existsSync(join(cwd, 'b.db'))).toBe(false)
})

const appInMemory = `
const schema = { '~standard': { validate: (value) => ({ value }) } }
const states = { ...schema, tags: ['A'] }
export default {
  kind: 'app', name: 'x', config: schema,
  open: () => ({ workflow: { connect() {}, input: states, output: states }, backend: () => ({ close() {} }) }),
}`
