import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'
import { answerOf, cli, folder, letters } from './rig.ts'

/** A folder in which the letters have a database, with entries of another program in their inbox. */
async function withEntries(): Promise<string> {
  const path = folder()
  expect((await cli(path, 'seed', letters, '--ids', 'known', '--db', 'queues.db')).code).toBe(0)
  const db = openDatabase(join(path, 'queues.db'))
  const insert = db.prepare('insert into letters_inbox (id, value, state, why) values (?, ?, ?, ?)')
  insert.run('new', '{"tag":"Written","text":"hello"}', 'waiting', null)
  insert.run('odd', '{"tag":"Sung"}', 'refused', 'No stage sings.')
  insert.run('known', '{"tag":"Written","text":"again"}', 'refused', 'It is known.')
  db.close()
  return path
}

it('status and sql count what is in an inbox, only while something is', async () => {
  const path = await withEntries()
  expect((await cli(path, 'status')).out).toMatch(/^letters_inbox +1 .* 2/m)
  expect(
    await answerOf(path, 'sql', `select name, role, ready, dead from queues where role = 'inbox'`),
  ).toEqual([{ name: 'letters_inbox', role: 'inbox', ready: 1, dead: 2 }])
  for (const id of ['new', 'odd', 'known']) await cli(path, 'cancel', id, '--inbox')
  expect((await cli(path, 'status')).out).not.toContain('inbox')
})

it('token says what is in an inbox under its id', async () => {
  const path = await withEntries()
  expect((await cli(path, 'token', 'new')).out).toBe(
    'new is in the inbox letters_inbox, and waits to be taken in',
  )
  expect((await cli(path, 'token', 'odd')).out).toBe(
    'odd is in the inbox letters_inbox, and was refused: No stage sings.',
  )
  expect(await answerOf(path, 'token', 'odd')).toMatchObject({
    ...{ id: 'odd', workflow: 'letters', queue: 'letters_inbox', state: 'refused', why: 'No stage sings.' },
    value: { tag: 'Sung' },
  })
  const { out } = await cli(path, 'token', 'known')
  expect(out).toMatch(
    /^known is in the inbox letters_inbox, and was refused: It is known\.\ntoken known of letters\n/,
  )
  expect(await answerOf(path, 'token', 'known')).toMatchObject({
    ...{ id: 'known', queue: 'letters/stamp', inbox: { state: 'refused', why: 'It is known.' } },
  })
})

it('retry lets what was refused wait again; cancel takes out an entry, or the token of its id', async () => {
  const path = await withEntries()
  expect((await cli(path, 'retry', 'letters_inbox', '--message', 'sings')).out).toBe(
    '1 is ready again in letters_inbox',
  )
  const { code, err } = await cli(path, 'cancel', 'odd', '--reason', 'a typo')
  expect([code, err]).toEqual([
    1,
    'error: There is no token "odd" yet, but a row of the inbox letters_inbox; cancel that with --inbox.',
  ])
  expect(await answerOf(path, 'cancel', 'odd', '--inbox')).toEqual({
    ...{ workflow: 'letters', id: 'odd', queue: 'letters_inbox' },
  })
  expect((await cli(path, 'cancel', 'known', '--inbox')).out).toBe('cancelled; it was in letters_inbox')
  expect((await cli(path, 'cancel', 'known', '--inbox')).err).toContain(
    'There is no row "known" in an inbox.',
  )
  expect((await cli(path, 'cancel', 'known', '--reason', 'done')).out).toMatch(
    /^cancelled; it was in letters\//,
  )
  for (const [args, sentence] of [
    [['known'], 'A token is cancelled for a reason, which its history keeps: give --reason WHY.'],
    [['new', '--inbox', '--reason', 'x'], 'What is in an inbox has no history yet: leave out --reason.'],
  ] as const)
    expect(await cli(path, 'cancel', ...args)).toMatchObject({ code: 2, err: `error: ${sentence}` })
  expect(await cli(path, 'pause', 'letters_inbox')).toMatchObject({
    ...{
      code: 2,
      err: 'error: Nothing is leased from letters_inbox, an inbox; pause the queues that its tokens enter.',
    },
  })
})

it('check validates what waits in an inbox by what may enter, and not what was refused there', async () => {
  const path = await withEntries()
  const check = () => cli(path, 'check', letters, '--db', 'queues.db')
  expect(await check()).toMatchObject({ code: 0, out: 'config ok, wiring ok, 2 waiting messages fit' })
  const db = openDatabase(join(path, 'queues.db'))
  db.exec(`update letters_inbox set value = '{"tag":"Written"}' where id = 'new'`)
  db.close()
  const { code, out } = await check()
  expect([code, out]).toEqual([1, expect.stringMatching(/^letters_inbox new: text: Invalid input/)])
})
