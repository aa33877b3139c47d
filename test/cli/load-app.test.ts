import { afterEach, expect, it, vi } from 'vitest'
import { cli, folder, letters } from './rig.ts'

afterEach(() => vi.unstubAllEnvs())

it('refuses what is not an app, in a sentence and without a stack', async () => {
  const cwd = folder({
    'other.mjs': 'export default { name: "other" }',
    'throws.mjs': 'throw new Error("first line\\nsecond\\x1b[2J line")',
    'syntax.mjs': 'export default (',
    'opens.mjs':
      'const ok = { "~standard": { validate: (value) => ({ value }) } }\n' +
      'export default { kind: "app", name: "x", config: ok, open: () => null.x }',
    'text.yaml': 'a: 1',
  })
  const check = async (path: string) => (await cli(cwd, 'check', path)).err
  expect(await check('other.mjs')).toBe(
    'error: other.mjs is not an app: its default export must be defineApp({ ... }).',
  )
  expect(await check('throws.mjs')).toBe(
    'error: throws.mjs could not be loaded: first line\nsecond\\u001b[2J line',
  )
  expect(await check('opens.mjs')).toMatch(/^error: The app "x" could not be opened: .*null/)
  expect(await check('syntax.mjs')).toMatch(/^error: syntax\.mjs could not be loaded: [^\n]*$/)
  expect(await check('text.yaml')).toBe(
    'error: text.yaml is not a module; an app is a .ts, .js or .mjs file.',
  )
  expect(await check('.')).toContain('is not a module')
  expect(await check('nope.ts')).toBe(
    'error: There is no app at nope.ts; name a module such as artifacts/books.ts.',
  )
})

it('refuses what is wrong with `done` and `keep` in a sentence', async () => {
  const ok = 'const ok = { "~standard": { validate: (value) => ({ value }) } }\n'
  const app = (more: string) =>
    `${ok}export default { kind: "app", name: "x", config: ok, open: () => null, ${more} }`
  const check = async (more: string) => (await cli(folder({ 'a.mjs': app(more) }), 'check', 'a.mjs')).err
  expect(await check('done: () => {}, keep: { days: 1 }')).toBe(
    'error: The app at a.mjs: `done` takes finished tokens off the output, so there is nothing that `keep` could keep: leave one of them out.',
  )
  expect(await check('done: 1')).toBe('error: The app at a.mjs: `done` has 1, which is no object.')
  expect(await check('keep: { days: -1 }')).toContain('`keep.days` is -1; it is a number of days above 0')
  expect(await check('keep: () => ({ day: 1 })')).toBe(
    'error: The app "x" could not be opened: `keep` has "day", which nothing reads. Did you mean "days"?',
  )
  expect(await check('dnoe: 1')).toBe(
    'error: The app at a.mjs has "dnoe", which nothing reads. Did you mean "done"?',
  )
})

it('shows the stack with PIPEWRIGHT_DEBUG', async () => {
  vi.stubEnv('PIPEWRIGHT_DEBUG', '1')
  expect((await cli(folder({ 'a.mjs': 'export default 1' }), 'check', 'a.mjs')).err).toMatch(/\n {4}at /)
})

it('gives an app the folder from which the paths of its config start', async () => {
  const cwd = folder({ 'c.yaml': 'ids: [a]' })
  const elsewhere = folder()
  expect((await cli(elsewhere, 'seed', letters, '--config', `${cwd}/c.yaml`)).out).toBe(
    '1 entered, 0 known already',
  )
  expect((await cli(elsewhere, 'status')).code).toBe(2)
  expect((await cli(cwd, 'status')).out).toMatch(/letters\/stamp +1 /)
})
