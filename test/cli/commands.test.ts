import { readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { answerOf, cli, documents, folder, letters } from './rig.ts'

let cwd: string
beforeEach(() => {
  cwd = folder()
})

const answer = (...args: string[]) => answerOf(cwd, ...args)

it('lets tokens enter by id, from a file, as a sample, and leaves known ones as they are', async () => {
  writeFileSync(join(cwd, 'ids.txt'), 'b\n\nc\r\na\n')
  const none = { entered: 0, known: 0, refused: 0 }
  expect(await answer('seed', letters, '--ids', 'a,b')).toEqual({ ...none, entered: 2 })
  expect(await answer('seed', letters, '--file', 'ids.txt')).toEqual({ ...none, entered: 1, known: 2 })
  expect(await answer('seed', letters, '--sample', '1100')).toEqual({ ...none, entered: 1100 })
  expect((await cli(cwd, 'seed', letters)).err).toContain('Say which tokens: --ids A,B or --file FILE')
  expect((await cli(cwd, 'seed', letters, '--ids', 'a', '--sample', '1')).code).toBe(2)
  expect((await cli(cwd, 'seed', letters, '--file', 'nope')).err).toBe(
    'error: There is no file nope with ids.',
  )
})

it('lets nothing enter under an id that is a path with dots', async () => {
  const { code, err } = await cli(cwd, 'seed', letters, '--ids', './a')
  expect(code).toBe(1)
  expect(err).toContain('Token "./a" cannot enter: no part of an id is "." or "..": leave them out.')
})

it('answers with times as the views of the database have them', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a')
  const isTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const token = await answer('token', 'a')
  expect(token).toMatchObject({ enteredAt: isTime, row: { enteredAt: isTime }, lines: [{ at: isTime }] })
  const [{ entered }] = await answer('sql', 'select entered from tokens')
  expect(token.enteredAt).toBe(entered)
  expect((await answer('status'))[0].oldestAt).toBe(token.row.enteredAt)
})

it('shows where a token is and has been', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a')
  expect((await answer('token', 'a')).queue).toBe('letters/stamp')
  const { out } = await cli(cwd, 'token', 'a')
  expect(out).toContain('is in letters/stamp, ready')
  expect(out).toContain('state {"tag":"Written","text":"Dear a"}')
  expect(out).toMatch(/1 {2}letters\/stamp {2}entered/)
  await cli(cwd, 'cancel', 'a', '--reason', 'enough')
  expect((await answer('token', 'a', '--limit', '1')).lines).toMatchObject([{ event: 'cancelled' }])
  const unknown = await cli(cwd, 'token', 'x')
  expect(unknown).toMatchObject({ code: 1, err: 'error: There is no token "x" in workflow "letters".' })
})

it('says so when the context of an app cannot be made', async () => {
  writeFileSync(join(cwd, 'c.yaml'), 'blind: true')
  const { code, err } = await cli(cwd, 'work', documents, '--config', 'c.yaml')
  expect(code).toBe(1)
  expect(err).toBe('error: The context of the app "documents" could not be made: it is too dark to read')
})

it('shows what a person decided with', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a')
  const backend = await sqlite(join(cwd, 'queues.db'))
  const decided = { event: 'decided', actor: 'ann', reason: 'again', fields: { text: 'Dear b' } } as const
  await backend.commit([{ kind: 'take', queue: 'letters/stamp', id: 'a', ...decided }])
  await backend.close()
  expect((await cli(cwd, 'token', 'a')).out).toContain('again {"text":"Dear b"}')
})

it('cancels a token with a reason that the history keeps', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a')
  expect(await answer('cancel', 'a', '--reason', 'withdrawn')).toMatchObject({ queue: 'letters/stamp' })
  expect((await answer('token', 'a')).lines.at(-1)).toMatchObject({ event: 'cancelled', reason: 'withdrawn' })
  const again = await cli(cwd, 'cancel', 'a', '--reason', 'withdrawn')
  expect(again.code).toBe(1)
  expect(again.err).toContain('has finished')
  expect((await cli(cwd, 'cancel', 'a')).code).toBe(2)
})

it('pauses a queue and lets it go on', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a')
  expect((await cli(cwd, 'pause', 'stamp')).out).toBe('letters/stamp is paused')
  expect((await answer('status'))[0].paused).toBe(true)
  expect((await cli(cwd, 'status')).out).toMatch(/^letters\/stamp .* paused by /m)
  expect(await answer('resume', 'letters/stamp')).toEqual({ queue: 'letters/stamp', paused: false })
  const misspelt = await cli(cwd, 'pause', 'stmap')
  expect(misspelt.err).toMatch(/ Did you mean "stamp"\?$/)
  const unknown = await cli(cwd, 'pause', 'nope')
  expect(unknown.err).toBe(
    'error: There is no queue "nope"; the queues are: letters/stamp, letters/send, letters/look, letters/output.',
  )
})

it('draws the workflow without touching a database', async () => {
  const { code, out } = await cli(cwd, 'graph', letters)
  expect(code).toBe(0)
  expect(out).toMatch(/^flowchart TD\n/)
  expect((await cli(cwd, 'status')).code).toBe(2)
})

it('checks all that waits against the schemas of today', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a,b')
  expect((await cli(cwd, 'check', letters)).out).toBe('config ok, wiring ok, 2 waiting messages fit')
  const backend = await sqlite(join(cwd, 'queues.db'))
  const old = { id: 'old', hop: 1, frames: [], priority: 0, deploy: 1 }
  await backend.commit([
    { kind: 'push', queue: 'letters/send', token: old, value: { tag: 'Stamped', text: 7 }, enter: 'refuse' },
  ])
  await backend.close()
  const { code, out, err } = await cli(cwd, 'check', letters)
  expect(code).toBe(1)
  expect(out).toMatch(/^letters\/send old: text: .*; clerk: /)
  expect(err).toBe('error: 1 of 3 waiting messages do not fit.')
  expect(JSON.parse((await cli(cwd, 'check', letters, '--json')).out).misfits).toHaveLength(1)
})

it('makes no database where it only looks', async () => {
  const db = join(realpathSync(cwd), 'queues.db')
  expect(await cli(cwd, 'check', letters)).toEqual({
    code: 0,
    out: `config ok, wiring ok, nothing waits: there is no database ${db} yet`,
    err: '',
  })
  expect(await answer('check', letters, '--db', 'other.db')).toMatchObject({
    absent: [join(realpathSync(cwd), 'other.db')],
    checked: 0,
  })
  expect((await cli(cwd, 'seed', letters, '--ids', 'a', '--dry-run')).out).toContain('a: would enter')
  const asked = [['status'], ['token', 'a'], ['cancel', 'a', '--reason', 'x'], ['sql', 'select 1']]
  for (const args of asked)
    expect(await cli(cwd, ...args, '--app', letters), args[0]).toEqual({
      code: 2,
      out: '',
      err: `error: There is no database ${db} yet.`,
    })
  expect((await cli(cwd, 'check', letters, '--db', 'no/other.db')).err).toContain('there is no folder')
  expect(readdirSync(cwd)).toEqual([])
})

it('writes nothing to the database that it checks, and refuses one of an older version as it is', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a')
  const older = openDatabase(join(cwd, 'older.db'))
  older.exec(readFileSync(new URL('../backends/sqlite/schema-1.sql', import.meta.url), 'utf8'))
  older.close()
  for (const [db, expected] of [
    ['queues.db', { code: 0, out: expect.stringContaining('config ok, wiring ok'), err: '' }],
    [
      'older.db',
      { code: 1, out: '', err: expect.stringMatching(/run `pipewright migrate --db .*older\.db`/) },
    ],
  ] as const) {
    const before = readFileSync(join(cwd, db))
    expect(await cli(cwd, 'check', letters, '--db', db)).toMatchObject(expected)
    await cli(cwd, 'seed', letters, '--ids', 'b', '--dry-run', '--db', db)
    expect(readFileSync(join(cwd, db)).equals(before), db).toBe(true)
  }
})

it('asks the database in SQL and cannot change it', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a,b')
  const sql = 'select queue, count(*) as n from history group by queue'
  expect(await answer('sql', sql)).toEqual([{ queue: 'letters/stamp', n: 2 }])
  expect((await cli(cwd, 'sql', sql)).out).toBe('queue          n\nletters/stamp  2')
  expect(await answer('sql', sql, '--app', letters)).toHaveLength(1)
  for (const wrong of ['delete from pw_history', 'selec', 'select 1; drop view history']) {
    const { code, err } = await cli(cwd, 'sql', wrong)
    expect(code, wrong).toBe(1)
    expect(err, wrong).toMatch(/^error: .*\.$/)
  }
  expect(await answer('sql', sql)).toEqual([{ queue: 'letters/stamp', n: 2 }])
  expect(await answer('sql', `select x'00ff' as bytes`)).toEqual([{ bytes: "x'00ff'" }])
})

it('gives up to 64 MB of what it is asked in SQL, and says that there is more', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a')
  const sql = `with recursive c(n) as (select 1 union all select n + 1 from c limit 200)
    select printf('%0' || 1000000 || 'd', n) as text from c`
  const { code, out, err } = await cli(cwd, 'sql', sql, '--json')
  expect(JSON.parse(out)).toHaveLength(68)
  expect(err).toBe('There are more than these 68 rows; add a limit, or ask for less.')
  expect(code).toBe(0)
})

it('works on the file that --db names, in place of the app’s own', async () => {
  expect((await cli(cwd, 'seed', letters, '--ids', 'a', '--db', 'other.db')).code).toBe(0)
  expect((await cli(cwd, 'status')).err).toBe(
    'error: There is no queues.db in this folder; say which database with --db FILE or --app APP.',
  )
  expect((await answer('status', '--db', 'other.db'))[0].ready).toBe(1)
  expect((await answer('status', '--db', 'other.db', '--app', letters))[0].ready).toBe(1)
  expect((await cli(cwd, 'status', '--db', 'nope.db')).err).toBe('error: There is no database nope.db.')
})

it('answers wrong usage with exit code 2 and a sentence', async () => {
  for (const args of [
    ['bogus'],
    ['run'],
    ['run', letters, '--workers', '0'],
    ['run', './no-such-app.ts'],
    ['token'],
  ]) {
    const { code, err } = await cli(cwd, ...args)
    expect(code, args.join(' ')).toBe(2)
    expect(err, args.join(' ')).toMatch(/^error: /)
  }
  for (const option of ['--db', '--config', '--app']) {
    const { code, err } = await cli(cwd, 'status', option, '')
    expect(err).toContain(option === '--db' ? 'It is a file or a URL.' : 'It is the name of a file.')
    expect(code).toBe(2)
  }
  expect((await cli(cwd, 'seed', letters, '--ids', 'a', '--replace', '--reason', ' ')).code).toBe(2)
  for (const args of [['token'], ['status', '--bogus'], ['status', '--db', 'nope.db']]) {
    const { code, err } = await cli(cwd, ...args, '--json')
    expect(JSON.parse(err), args.join(' ')).toMatchObject({ code: 'usage', message: expect.any(String) })
    expect(code, args.join(' ')).toBe(2)
  }
  for (const args of [['status'], ['sql', 'select 1'], ['token', 'a']]) {
    const { code, err } = await cli(cwd, ...args, '--db', 'queues.db', '--config', 'nope.yaml')
    expect(err).toBe('error: --config nope.yaml is for an app; name it too, with --app APP.')
    expect(code).toBe(2)
  }
  const unknown = await cli(cwd, 'check', letters, '--config', 'nope.yaml', '--json')
  expect(JSON.parse(unknown.err)).toEqual({
    code: 'failure',
    message: 'The config nope.yaml could not be read: there is no such file.',
  })
  expect(await cli(cwd, '--help')).toMatchObject({ code: 0, err: '' })
  expect((await cli(cwd, '--version')).out).toMatch(/^\d+\.\d+\.\d+/)
})

it('refuses stages that have no worker, and names those that have one', async () => {
  const { code, err } = await cli(cwd, 'work', letters, '--only', 'look')
  expect(code).toBe(2)
  expect(err).toBe('error: There is no worker "look"; the workers are stamp, send.')
})
