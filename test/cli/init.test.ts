import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { packageName } from '../../src/cli/init/package-name.ts'
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
      readFileSync(join('src/cli/init/app', path.replace(/^\./, ''))),
    )
})

it('asks for this version of the package, and for the others as it does itself', async () => {
  const cwd = folder()
  await cli(cwd, 'init', 'My App')
  const template = JSON.parse(readFileSync('src/cli/init/app/package.json', 'utf8'))
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
