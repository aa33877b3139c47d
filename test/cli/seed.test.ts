import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeEach, expect, it, vi } from 'vitest'
import { seedTokens } from '../../src/cli/seed-tokens.ts'
import { built } from './built.ts'
import { cli, folder, letters } from './rig.ts'

let cwd: string
beforeEach(() => {
  cwd = folder()
})

vi.setConfig({ testTimeout: 60_000 })

const token = async (id: string) => JSON.parse((await cli(cwd, 'token', id, '--json')).out)

it('lets the good ids of a file enter, and names the line of each that is refused', async () => {
  const long = 'x'.repeat(256)
  writeFileSync(join(cwd, 'ids.txt'), `bad1\na\n\n${long}\nb`)
  const { code, out, err } = await cli(cwd, 'seed', letters, '--file', 'ids.txt')
  expect(out).toBe('2 entered, 0 known already, 2 refused')
  expect(err.split('\n').sort()).toEqual([
    'error: 2 ids were refused, see above; the others were not affected.',
    'error: ids.txt:1: this is no letter',
    expect.stringMatching(/^error: ids\.txt:4: .*an id is 1 to 255 characters long.*\.$/),
  ])
  expect(code).toBe(1)
  const sql = await cli(cwd, 'sql', 'select id from tokens order by id', '--json')
  expect(JSON.parse(sql.out)).toEqual([{ id: 'a' }, { id: 'b' }])
})

it('reports refused ids of a list too, and as JSON with --json', async () => {
  const { code, out, err } = await cli(cwd, 'seed', letters, '--ids', 'a,bad1', '--json')
  expect(JSON.parse(out)).toEqual({ entered: 1, known: 0, refused: 1 })
  const lines = err.split('\n').map((line) => JSON.parse(line))
  expect(lines).toMatchObject([
    { code: 'failure', place: 'bad1', message: 'bad1: this is no letter' },
    { code: 'failure', message: expect.stringContaining('1 id was refused') },
  ])
  expect(code).toBe(1)
})

it('reads ids from the standard input', async () => {
  const args = [built.main, 'seed', built.letters, '--file', '-']
  const child = spawn(process.execPath, args, { cwd })
  child.stdin.end('a\nbad1\n')
  expect(await text(child.stdout)).toBe('1 entered, 0 known already, 1 refused\n')
  const empty = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  expect(await text(empty.stdout!)).toBe('0 entered, 0 known already\n')
})

it('says which file of ids cannot be read, and what had entered before', async () => {
  mkdirSync(join(cwd, 'sub'))
  writeFileSync(join(cwd, 'latin1.txt'), Buffer.from([0x61, 0x0a, 0x62, 0x0a, 0xe9, 0x0a, 0x63]))
  writeFileSync(join(cwd, 'long.txt'), `a\n${'x'.repeat(100_000)}`)
  const err = async (file: string) => (await cli(cwd, 'seed', letters, '--file', file)).err
  expect(await err('sub')).toBe('error: sub is a folder; name a file with one id a line.')
  expect(await err('latin1.txt')).toBe(
    'error: latin1.txt could not be read after line 2: the next one is not UTF-8 text. Before that, 2 entered, 0 known already.',
  )
  expect(await err('long.txt')).toBe(
    'error: long.txt could not be read after line 1: a line is longer than 10,000 bytes. Before that, 0 entered, 1 known already.',
  )
})

it('says in a sentence of its own what had entered before the source of ids failed', async () => {
  for (const [thrown, said] of [
    ['the folder is gone', 'the folder is gone.'],
    ['The folder is gone!', 'The folder is gone!'],
  ] as const) {
    const ids = (async function* () {
      yield { id: 'a' }
      throw new Error(thrown)
    })()
    const seeding = { input: { push: async () => {} } as never, seed: { value: () => 1 }, refused: () => {} }
    await expect(seedTokens(seeding, ids)).rejects.toThrow(`${said} Before that, 1 entered, 0 known already.`)
  }
})

it('replaces a token only with a reason, which the history keeps with who did it', async () => {
  await cli(cwd, 'seed', letters, '--ids', 'a')
  const without = await cli(cwd, 'seed', letters, '--ids', 'a', '--replace')
  expect(without).toMatchObject({ code: 2, out: '' })
  expect(without.err).toContain('so it needs --reason WHY for the history')
  expect((await cli(cwd, 'seed', letters, '--ids', 'b', '--reason', 'x')).code).toBe(2)
  const { out } = await cli(cwd, 'seed', letters, '--ids', 'a,b', '--replace', '--reason', 'a misprint')
  expect(out).toBe('2 entered, 0 known already')
  const { lines } = await token('a')
  const note = { actor: expect.any(String), reason: 'a misprint' }
  expect(lines).toMatchObject([
    { event: 'entered' },
    { event: 'replaced', ...note },
    { event: 'entered', ...note },
  ])
})

it('says on a dry run what would become of each id, and changes nothing', async () => {
  const dry = (...args: string[]) => cli(cwd, 'seed', letters, '--dry-run', ...args)
  expect(await dry('--ids', 'a')).toMatchObject({
    code: 0,
    out: 'a: would enter\nit would be: 1 entered, 0 known already',
  })
  expect(readdirSync(cwd)).toEqual([])
  await cli(cwd, 'seed', letters, '--ids', 'a')
  const before = await token('a')
  expect((await dry('--ids', 'a,b,bad1', '--replace')).out).toBe(
    'a: would enter anew; it is in letters/stamp, ready\nb: would enter\nit would be: 2 entered, 0 known already, 1 refused',
  )
  expect((await dry('--ids', 'a')).out).toBe(
    'a: would stay as it is; it is in letters/stamp, ready\nit would be: 0 entered, 1 known already',
  )
  expect(await token('a')).toEqual(before)
})
