import { expect, it } from 'vitest'
import { built } from './built.ts'
import { folder, start } from './rig.ts'

/** What a process says that checks the app `name`, of the package that `files` are. */
async function check(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const cwd = folder(files)
  const checked = start(built.main, cwd, 'check', name)
  await checked.ended
  return checked.output().replaceAll(`${cwd}/`, '').trim()
}

// Node 22 and newer read TypeScript, but neither of these, nor an import that does not name the file as it is.
const lib = `
  export enum Color { Red = 'red' }
  export class Point { constructor(readonly x: number) {} }`
const app = `
  import { Color } from './lib'
  import { Point } from './lib.js'
  const config = { '~standard': { validate: (value: unknown) => ({ value }) } }
  const open = () => { throw new Error(Color.Red + new Point(3).x) }
  export default { kind: 'app', name: 'x', config, open }`

it.each([
  ['module', 'app.ts'],
  ['commonjs', 'app.ts'],
  ['module', 'app.cts'],
])('in a package of type %s, %s may be and import all that is TypeScript', async (type, name) => {
  const files = { 'package.json': `{ "type": "${type}" }`, 'lib.ts': lib, [name]: app }
  expect(await check(name, files)).toBe('error: The app "x" could not be opened: red3')
})

it('a syntax error in an app, or in its imports, is reported with file and line', async () => {
  const wrong = 'export const a = 1\n\nconst x = {\nexport default x\n'
  expect(await check('a.ts', { 'a.ts': wrong })).toBe(
    'error: a.ts could not be loaded: a.ts:4:7: Expected ":" but found "default"',
  )
  expect(await check('a.mjs', { 'a.mjs': wrong })).toBe(
    "error: a.mjs could not be loaded: a.mjs:4: Unexpected token 'default'",
  )
  expect(await check('b.ts', { 'b.ts': "import './a'", 'a.ts': wrong })).toBe(
    'error: b.ts could not be loaded: a.ts:4:7: Expected ":" but found "default"',
  )
})
