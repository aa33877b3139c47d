import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { postgresUrl, sql } from '../postgres/schemas.ts'
import { built } from './built.ts'
import { answerOf, childrenOf, cli, folder, letters, start } from './rig.ts'

let cwd: string
let schema: string
let db: string
let made = 0

beforeEach(() => {
  cwd = folder()
  schema = `cli_${process.pid}_${++made}`
  db = `${postgresUrl()}?schema=${schema}`
  onTestFinished(async () => void (await sql(`drop schema if exists ${schema} cascade`)))
})

const answer = (...args: string[]) => answerOf(cwd, ...args, '--db', db)
const say = (...args: string[]) => cli(cwd, ...args)

it('works on a Postgres by every command that takes a database', async () => {
  expect(await say('check', letters, '--db', db)).toMatchObject({
    code: 0,
    out: expect.stringContaining(`nothing waits: there is no database postgres://`),
  })
  expect(await answer('seed', letters, '--ids', 'a,b,c')).toMatchObject({ entered: 3 })
  expect(await answer('status')).toContainEqual(
    expect.objectContaining({ queue: 'letters/stamp', ready: 3, entered: 3 }),
  )
  expect((await answer('list', 'stamp')).rows).toHaveLength(3)
  expect(await answer('token', 'a')).toMatchObject({ id: 'a' })
  await answer('cancel', 'a', '--reason', 'a test')
  await answer('uncancel', 'a', '--reason', 'a test', '--app', letters)
  await answer('pause', 'stamp', '--reason', 'a test')
  await answer('resume', 'stamp')
  await answer('retry', 'stamp')
  await answer('gate', 'close', 'letters/stamp')
  expect(await answer('gates')).toMatchObject([{ name: 'letters/stamp' }])
  await answer('gate', 'open', 'letters/stamp')
  await answer('bulk', 'cancel', '--where', 'age>=0s', '--reason', 'a test', '--dry-run', '--app', letters)
  const report = await say('report', '--db', db)
  expect([report.code, report.err]).toEqual([0, ''])
  expect((await say('check', letters, '--db', db)).out).toContain('3 waiting messages fit')
  expect((await say('shadow', letters, '--db', db)).code).toBe(0)
  expect(await say('migrate', '--db', db)).toMatchObject({ code: 0, out: 'The database is up to date.' })
})

it('makes nothing by looking', async () => {
  for (const args of [['status'], ['token', 'a'], ['migrate'], ['status', '--app', letters]]) {
    const { code, err } = await say(...args, '--db', db)
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/There is no database postgres:\/\/.*\(schema cli_\w+\) yet\.$/),
    ])
  }
  expect(await sql(`select 1 from pg_namespace where nspname = '${schema}'`)).toEqual([])
})

it('makes the tables where it is told so, once', async () => {
  const migrated = () => say('migrate', '--make', '--db', db)
  expect(await migrated()).toMatchObject({ code: 0, out: 'The database is up to date.' })
  expect(await answer('migrate', '--plan')).toMatchObject({ statements: [] })
  expect(await migrated()).toMatchObject({ code: 0, out: 'The database is up to date.' })
  // A SQLite file is made by what works on it.
  expect((await say('migrate', '--make', '--db', 'none.db')).code).toBe(2)
})

it('prints the statements that a Postgres would be given', async () => {
  const { out } = await say('migrate', '--plan', '--db', db)
  expect(out).toMatch(/^-- postgres:\/\/.*: from version 0 to \d+\.\nbegin;\ncreate schema if not exists/)
  expect(await sql(`select 1 from pg_namespace where nspname = '${schema}'`)).toEqual([])
  // They are what it runs itself.
  await sql(out)
  expect((await say('migrate', '--plan', '--db', db)).out).toMatch(
    /^-- postgres:\/\/.* is up to date: version \d+\.$/,
  )
  expect(await answer('migrate', '--plan')).toMatchObject({ statements: [] })
  expect(await answer('seed', letters, '--ids', 'a')).toMatchObject({ entered: 1 })
  await cli(cwd, 'seed', letters, '--ids', 'a')
  expect(await say('migrate', '--plan')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--plan is for a Postgres'),
  })
})

it('says in a sentence what is for files only', async () => {
  await answer('seed', letters, '--ids', 'a')
  for (const [args, sentence] of [
    [['backup', 'copy.db'], 'copies SQLite files'],
    [['backup', 'copy.db', '--app', letters], 'copies SQLite files'],
    [['sql', 'select 1'], 'asks SQLite files'],
    [['ps'], 'is found by its own file'],
  ] as const) {
    const { code, err } = await say(...args, '--db', db)
    expect([code, err]).toEqual([2, expect.stringContaining(sentence)])
  }
  const queries = await say('sql', 'select 1', '--app', letters, '--db', db)
  expect(queries).toMatchObject({ code: 1, err: expect.stringContaining('asked by psql') })
  expect(await say('status', '--db', 'memory:')).toMatchObject({
    code: 2,
    err: expect.stringContaining('in memory'),
  })
  expect(await say('migrate', '--db', 'http://127.0.0.1:1')).toMatchObject({ code: 2 })
})

it('refuses a password in an argument, and does not show it', async () => {
  for (const args of [
    ['status'],
    ['run', letters],
    ['up'],
    ['work', letters, '--json'],
    ['migrate', '--plan'],
  ]) {
    const { code, out, err } = await say(...args, '--db', 'postgres://ann:hunter2@127.0.0.1:1/shop')
    expect(code).toBe(2)
    expect(err).toMatch(/has a password, which every user .* PGPASSFILE .* PGPASSWORD in the environment\./)
    expect(out + err).not.toContain('hunter2')
  }
  const { err } = await say('status', '--db', 'mysql://ann@db/shop')
  expect(err).toMatch(/^error: --db: "mysql:" names no database here/)
  const token = await say('status', '--db', 'https://ann:hunter2@queues.example.org')
  expect(token.err).toMatch(/PIPEWRIGHT_BACKEND_TOKEN/)
})

it('runs an app in processes on a Postgres', { timeout: 60_000 }, async () => {
  const run = start(built.main, cwd, 'run', built.letters, '--db', db, '--until-idle', '--json')
  expect(await run.ended, run.output()).toBe(0)
  expect(await answer('status')).toBeDefined()
})

it('tells the processes of `up` a password on their own channel', { timeout: 60_000 }, async () => {
  const secret = postgresUrl().replace('pipewright@', 'pipewright:hunter2@')
  writeFileSync(join(cwd, 'pipewright.yaml'), `app: ${built.letters}\nbackend: "\${env:QUEUES}"\n`)
  process.env['QUEUES'] = `${secret}?schema=${schema}`
  onTestFinished(() => void delete process.env['QUEUES'])
  const up = start(built.main, cwd, 'up', '--json')
  await vi
    .waitUntil(() => up.output().includes('All processes have come up'), { timeout: 40_000 })
    .catch(() => {
      throw new Error(up.output())
    })
  const pids = [up.process.pid!, ...childrenOf(up.process.pid!)]
  expect(pids.length).toBeGreaterThan(1)
  for (const pid of pids)
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toMatch(/hunter2|postgres:/)
  expect(await answer('seed', letters, '--ids', 'a')).toMatchObject({ entered: 1 })
  const arrived = async () => (await answer('list', 'output')).rows.length === 1
  await vi.waitUntil(arrived, { timeout: 20_000, interval: 50 })
  up.process.kill('SIGTERM')
  expect(await up.ended, up.output()).toBe(0)
  expect(up.output()).not.toContain('hunter2')
})
