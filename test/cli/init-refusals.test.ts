import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readTemplate } from '../../src/cli/init/template.ts'
import { writeFiles } from '../../src/cli/init/write-files.ts'
import { cli, folder } from './rig.ts'

const written = readTemplate('app').map(({ path }) => path)

/** All files and folders in `path`, sorted. */
const within = (path: string) => readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()

it('refuses a folder that has any file that it would write, and writes nothing', async () => {
  for (const path of written.filter((path) => path !== 'package.json')) {
    const cwd = folder()
    mkdirSync(join(cwd, 'app/src'), { recursive: true })
    writeFileSync(join(cwd, 'app', path), 'mine')
    const before = within(cwd)
    expect(await cli(cwd, 'init', 'app')).toEqual({
      code: 2,
      out: '',
      err: `error: app/${path} is there already, and init writes over nothing: name another folder, or move it away.`,
    })
    expect(within(cwd)).toEqual(before)
    expect(readFileSync(join(cwd, 'app', path), 'utf8')).toBe('mine')
  }
})

it('refuses a folder that is a package, and says how Pipewright comes into that', async () => {
  const cwd = folder({ 'package.json': '{}', 'README.md': 'mine' })
  expect(await cli(cwd, 'init')).toEqual({
    code: 2,
    out: '',
    err: 'error: package.json is there already, and init changes no package: name a new folder, or add Pipewright to yours with `npm install pipewright zod`.',
  })
  expect(within(cwd)).toEqual(['README.md', 'package.json'])
  expect(readFileSync(join(cwd, 'package.json'), 'utf8')).toBe('{}')
})

it('refuses a file where a folder has to be, and a name that is none', async () => {
  const cwd = folder({ file: '', 'app.txt': '' })
  for (const [dir, at] of [
    ['file', 'file'],
    ['file/app', 'file'],
    ['file/a/b', 'file'],
  ])
    expect((await cli(cwd, 'init', dir!)).err).toBe(
      `error: ${at} is no folder: name another one, or move it away.`,
    )
  mkdirSync(join(cwd, 'app'))
  writeFileSync(join(cwd, 'app/src'), '')
  expect((await cli(cwd, 'init', 'app')).err).toContain('error: app/src is no folder')
  const empty = await cli(cwd, 'init', '')
  expect(empty.code).toBe(2)
  expect(empty.err).toContain('It is the name of a folder.')
  expect(within(cwd)).toEqual(['app', 'app.txt', 'app/src', 'file'])
})

it('leaves nothing behind when it cannot write all of it', async () => {
  const cwd = folder({ LICENSE: 'free' })
  // Known for what it is only when a folder is made in its place, after the first files.
  symlinkSync('nowhere', join(cwd, 'src'))
  const { code, out, err } = await cli(cwd, 'init')
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toMatch(/^error: The app could not be written, and nothing of it is left: E.*\. Name another/)
  expect(within(cwd)).toEqual(['LICENSE', 'src'])
})

it('takes back the folders too that it has made, and no file of another', () => {
  const cwd = folder({ 'b.txt': 'mine' })
  const text = 'ours'
  const into = (path: string) => ({ path, text })
  for (const last of ['a/c/x/y', 'b.txt'])
    expect(() => writeFiles(cwd, [into('a/c/x'), into('a/d'), into(last)])).toThrow()
  expect(() => writeFiles(join(cwd, 'p/q'), [into('x'), into('x/y')])).toThrow()
  expect(within(cwd)).toEqual(['b.txt'])
  expect(readFileSync(join(cwd, 'b.txt'), 'utf8')).toBe('mine')
})
