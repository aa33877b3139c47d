import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import type { Fault } from '../../src/index.ts'
import { cli, documents, folder, letters } from './rig.ts'

let cwd: string
beforeEach(() => {
  cwd = folder()
})

/** What a command with `--json` answers. */
async function answer(...args: string[]) {
  const { code, out, err } = await cli(cwd, ...args, '--json')
  expect(err).toBe('')
  expect(code).toBe(0)
  return JSON.parse(out)
}

/** Makes the letters `ids` dead in the first queue, of an error with the name `name`. */
async function bury(name: string, ids: readonly string[], more: Partial<Fault> = {}) {
  const backend = await sqlite(join(cwd, 'queues.db'))
  const lease = { owner: 'test', leaseMs: 1000, timeoutMs: 1000, limit: 10, ids }
  const rows = await backend.lease('letters/stamp', lease)
  const error = { kind: 'error', name, message: 'went wrong', ...more } as const
  await backend.commit(
    rows.map(({ id, hop, lease }) => ({ kind: 'bury', queue: 'letters/stamp', id, hop, lease, error })),
  )
  await backend.close()
}

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

it('shows how the queues are doing', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a,b')
  const [stamp] = await answer('status')
  expect(stamp).toMatchObject({ queue: 'letters/stamp', ready: 2, dead: 0, paused: false, perMinute: 0 })
  expect(stamp.oldestAgeMs).toBeGreaterThanOrEqual(0)
  expect(stamp.drainMs).toBeUndefined()
  const { out } = await cli(cwd, 'status')
  expect(out.split('\n')[0]).toMatch(/^queue +ready +leased +delayed +dead +oldest +per min +drained in$/)
  expect(out).toMatch(/^letters\/stamp +2 +0 +0 +0 +\d+ s +0$/m)
})

it('reckons from the history how fast a queue drains', async () => {
  await cli(cwd, 'seed', letters, '--sample', '30')
  const backend = await sqlite(join(cwd, 'queues.db'))
  const ids = Array.from({ length: 10 }, (_, i) => `sample-${i + 1}`)
  await backend.commit(ids.map((id) => ({ kind: 'take', queue: 'letters/stamp', id, event: 'cancelled' })))
  await backend.close()
  const [stamp] = await answer('status')
  // Ten have left within the ten seconds that are reckoned with at least; twenty more wait.
  expect(stamp.perMinute).toBeGreaterThan(20)
  expect(stamp.perMinute).toBeLessThanOrEqual(60)
  expect(stamp.drainMs).toBeCloseTo((20 / stamp.perMinute) * 60_000, -1)
})

it('lets nothing enter under an id that is a path with dots', async () => {
  const { code, err } = await cli(cwd, 'seed', letters, '--ids', './a')
  expect(code).toBe(1)
  expect(err).toContain('Token "./a" cannot enter: no part of an id is "." or "..": leave them out.')
})

it('shows where a token is and has been', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a')
  expect((await answer('token', 'a')).queue).toBe('letters/stamp')
  const { out } = await cli(cwd, 'token', 'a')
  expect(out).toContain('is in letters/stamp, ready')
  expect(out).toContain('state {"tag":"Written","text":"Dear a"}')
  expect(out).toMatch(/1 {2}letters\/stamp {2}entered/)
  const unknown = await cli(cwd, 'token', 'x')
  expect(unknown).toMatchObject({ code: 1, err: 'error: There is no token "x" in workflow "letters".' })
})

it('says so when the context of an app cannot be made', async () => {
  writeFileSync(join(cwd, 'c.yaml'), 'blind: true')
  const { code, err } = await cli(cwd, 'work', documents, '--config', 'c.yaml')
  expect(code).toBe(1)
  expect(err).toBe('error: The context of the app "documents" could not be made: nobody can read')
})

it('shows what a person decided with', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a')
  const backend = await sqlite(join(cwd, 'queues.db'))
  const decided = { event: 'decided', actor: 'ann', reason: 'again', fields: { text: 'Dear b' } } as const
  await backend.commit([{ kind: 'take', queue: 'letters/stamp', id: 'a', ...decided }])
  await backend.close()
  expect((await cli(cwd, 'token', 'a')).out).toContain('again {"text":"Dear b"}')
})

it('makes dead messages ready again: all, one, or those of one class of error', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a,b,c,d')
  await bury('TypeError', ['a', 'b'])
  await bury('RangeError', ['c'])
  const dry = await cli(cwd, 'retry', 'stamp', '--error-class', 'TypeError', '--dry-run')
  expect(dry.out).toBe('a\nb\n2 would be ready again in letters/stamp')
  expect((await answer('status'))[0].dead).toBe(3)
  expect(await answer('retry', 'stamp', '--id', 'a')).toMatchObject({ ids: ['a'] })
  expect(await answer('retry', 'letters/stamp', '--error-class', 'RangeError')).toMatchObject({ ids: ['c'] })
  expect((await cli(cwd, 'retry', 'stamp')).out).toBe('1 are ready again in letters/stamp')
  expect((await answer('status'))[0]).toMatchObject({ ready: 4, dead: 0 })
  expect(await cli(cwd, 'retry', 'stamp', '--id', 'd')).toMatchObject({ code: 1, out: '' })
})

it('makes those ready again whose error has a cause of one class or code', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a,b')
  const refused = { name: 'Error', message: 'connect ECONNREFUSED 127.0.0.1:1', code: 'ECONNREFUSED' }
  await bury('TypeError', ['a'], { causes: [{ name: 'AggregateError', message: '' }, refused] })
  await bury('TypeError', ['b'])
  expect(await answer('retry', 'stamp', '--error-class', 'AggregateError', '--dry-run')).toMatchObject({
    ids: ['a'],
  })
  expect(await answer('retry', 'stamp', '--error-class', 'ECONNREFUSED')).toMatchObject({ ids: ['a'] })
})

it('shows where the last error came from, and what was behind it', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a')
  const causes = [{ name: 'Error', message: 'down\x1b[2J', code: 'EX', stack: 'at b (b.ts:2:2)' }]
  await bury('TypeError', ['a'], { stack: 'at a (a.ts:1:1)\nat c (c.ts:3:3)', causes })
  expect((await cli(cwd, 'token', 'a')).out.split('\n\n').at(-1)).toBe(
    [
      'the last error',
      '  TypeError: went wrong',
      '    at a (a.ts:1:1)',
      '    at c (c.ts:3:3)',
      '  caused by Error: down\\u001b[2J (EX)',
      '    at b (b.ts:2:2)',
    ].join('\n'),
  )
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
  expect((await cli(cwd, 'status')).out).toMatch(/^letters\/stamp .* paused$/m)
  expect(await answer('resume', 'letters/stamp')).toEqual({ queue: 'letters/stamp', paused: false })
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

it('tells wrong usage by exit code 2, with a sentence', async () => {
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
  for (const args of [['token'], ['status', '--bogus'], ['status', '--db', 'nope.db']]) {
    const { code, err } = await cli(cwd, ...args, '--json')
    expect(JSON.parse(err), args.join(' ')).toMatchObject({ code: 'usage', message: expect.any(String) })
    expect(code, args.join(' ')).toBe(2)
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
