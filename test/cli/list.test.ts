import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { answerOf, cli, folder, letters } from './rig.ts'

let cwd: string
beforeEach(async () => {
  cwd = folder()
  await cli(cwd, 'seed', letters, '--ids', 'a,b,c')
  const backend = await sqlite(join(cwd, 'queues.db'))
  const mark = { kind: 'mark', queue: 'letters/stamp', actor: 'ann' } as const
  await backend.commit([
    { ...mark, id: 'a', set: { due: 5, class: 'torn' } },
    { ...mark, id: 'b', set: { due: 3, class: 'bent' } },
  ])
  await backend.close()
})

const ids = async (...args: string[]) =>
  (await answerOf(cwd, 'list', ...args)).rows.map(({ id }: { id: string }) => id)

it('lists what matches, in the order of a mark, of one queue or of all', async () => {
  expect(await ids()).toEqual(['a', 'b', 'c'])
  expect(await ids('stamp', '--by', 'due')).toEqual(['b', 'a', 'c'])
  expect(await ids('--where', 'class:torn,bent due>3', '--workflow', 'letters')).toEqual(['a'])
  expect(await ids('--newest', '--where', '-class:torn')).toEqual(['c', 'b'])
  const [row] = (await answerOf(cwd, 'list', '--where', 'class:torn')).rows
  expect(row).toMatchObject({ id: 'a', queue: 'letters/stamp', status: 'ready', rev: 1, marks: { due: 5 } })
})

it('shows a table, and says where it goes on', async () => {
  const { out, err } = await cli(cwd, 'list', 'stamp', '--limit', '1')
  expect(out).toMatch(
    /^id +queue +status +since +held by +marks\na +stamp +ready +\d+ s +due=5 class=torn$|^id/,
  )
  expect(out.split('\n')).toHaveLength(2)
  const [, after] = /--after (\S+)$/.exec(err)!
  expect(await ids('stamp', '--after', after!)).toEqual(['b', 'c'])
  expect((await cli(cwd, 'list', '--where', 'class:never')).out).toBe('Nothing matches.')
})

it('says what it cannot read', async () => {
  expect(await cli(cwd, 'list', '--where', 'clas:torn')).toMatchObject({
    code: 2,
    err: expect.stringContaining('at character 1: unknown key "clas". Did you mean "class"?'),
  })
  expect((await cli(cwd, 'list', '--workflow', 'leters')).err).toContain('Did you mean "letters"?')
})
