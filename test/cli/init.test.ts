import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { packageName } from '../../src/cli/init/package-name.ts'
import { writeFiles } from '../../src/cli/init/write-files.ts'
import { answerOf, cli, folder } from './rig.ts'

const own = JSON.parse(readFileSync('package.json', 'utf8'))
const written = [
  '.gitignore',
  'README.md',
  'package.json',
  'src/app.ts',
  'src/workflow.test.ts',
  'src/workflow.ts',
  'tsconfig.json',
]

/** All files and folders in `path`, sorted. */
const within = (path: string) => readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()

it('writes the small app of the template into a folder that it makes, and says what comes next', async () => {
  const cwd = folder()
  expect(await cli(cwd, 'init', 'a/my-app')).toEqual({
    code: 0,
    out: [
      `Written into a/my-app: ${written.join(', ')}`,
      'Next:',
      '  cd a/my-app',
      '  npm install',
      '  npm start',
      '  npm test',
    ].join('\n'),
    err: '',
  })
  const app = join(cwd, 'a/my-app')
  expect(within(app)).toEqual([...written, 'src'].sort())
  for (const path of written.filter((path) => path !== 'package.json'))
    expect(readFileSync(join(app, path)), path).toEqual(
      readFileSync(join('template', path.replace(/^\./, ''))),
    )
})

it('asks for this version of the package, and for the others as it does itself', async () => {
  const cwd = folder()
  await cli(cwd, 'init', 'My App')
  const template = JSON.parse(readFileSync('template/package.json', 'utf8'))
  const made = JSON.parse(readFileSync(join(cwd, 'My App/package.json'), 'utf8'))
  expect(made).toEqual({
    ...template,
    name: 'my-app',
    dependencies: { pipewright: `^${own.version}`, zod: own.dependencies.zod },
    devDependencies: {
      '@types/node': own.devDependencies['@types/node'],
      tsx: own.dependencies.tsx,
      typescript: own.devDependencies.typescript,
    },
  })
  for (const range of Object.values({ ...made.dependencies, ...made.devDependencies }))
    expect(range).toMatch(/^\^\d/)
})

it('writes by default into the current folder, beside other files', async () => {
  const cwd = folder({ LICENSE: 'free' })
  mkdirSync(join(cwd, '.git'))
  mkdirSync(join(cwd, 'src'))
  const { code, out } = await cli(cwd, 'init')
  expect(code).toBe(0)
  expect(out).toMatch(/^Written: .*\nNext:\n {2}npm install\n/)
  expect(within(cwd)).toEqual([...written, '.git', 'LICENSE', 'src'].sort())
  expect(JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')).name).toBe(basename(cwd).toLowerCase())
  const other = folder()
  const answer = await answerOf(other, 'init', 'there')
  expect(answer).toEqual({ folder: expect.stringMatching(/\/there$/), files: written })
})

it('quotes the folder for the shell where it has to, and lets no name steer a terminal', async () => {
  const { out } = await cli(folder(), 'init', "ann's app")
  expect(out).toContain(`\n  cd 'ann'\\''s app'\n`)
  expect((await cli(folder(), 'init', 'red\u001b[31m')).out).toContain("cd 'red\\u001b[31m'")
})

it('names the package for its folder, in a way that npm accepts', () => {
  const names = {
    'my-app': 'my-app',
    'Über uns (2)': 'uber-uns-2',
    '.hidden': 'hidden',
    _private_: 'private',
    '@scope': 'scope',
    'v1.2': 'v1.2',
    'a/b': 'a-b',
    node_modules: 'app',
    日本: 'app',
    '': 'app',
    [`${'x'.repeat(213)}-y`]: 'x'.repeat(213),
  }
  for (const [name, valid] of Object.entries(names)) expect(packageName(name), name).toBe(valid)
})

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
