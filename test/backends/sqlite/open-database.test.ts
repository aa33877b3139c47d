import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const source = new URL('../../../src/', import.meta.url)
const library = 'backends/sqlite/file/open-database.mjs'

/** What a better-sqlite3 does when it is loaded: for tests of what an installation can look like. */
type Modules = Readonly<Record<string, string>>

/** What is printed by a process of a Node with Node-API `napi` that opens a database where `modules` are installed. */
function open(napi: string, modules: Modules): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-library-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const file of [library, 'queue/thrown.mjs']) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    copyFileSync(new URL(file, source), join(folder, file))
  }
  for (const [name, text] of Object.entries(modules)) {
    const home = join(folder, 'node_modules', name)
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'index.js'), text)
  }
  const script = `
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '0.0.0', napi: '${napi}' } })
    const { isSqliteError, openDatabase } = await import('./${library}')
    try {
      openDatabase('a.db', {})
    } catch (error) {
      console.log(isSqliteError(error) ? 'an error of SQLite' : error.message)
    }`
  const options = { cwd: folder, encoding: 'utf8' } as const
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], options).trim()
}

const saying = (text: string) => `module.exports = function Database() { console.log('${text}') }`
const throwing = (error: string) =>
  `module.exports = class Database { static SqliteError = class {}; constructor() { throw ${error} } }`
const both: Modules = { 'better-sqlite3': saying('13'), 'better-sqlite3-12': saying('12') }
const here = `${process.platform}-${process.arch}`

test('version 13 is loaded where Node has Node-API 10, else version 12, and never both', () => {
  expect(open('9', both)).toBe('12')
  expect(open('10', both)).toBe('13')
  expect(open('11', both)).toBe('13')
})

test('where a binary is missing, one sentence says what to do', () => {
  const old = `better-sqlite3 12 is not built for Node 0.0.0 on ${here}: install again with this Node, with install scripts allowed and a C++ compiler at hand, or use Node 22.14 or newer, which needs neither.`
  const unbuilt = throwing(
    "Object.assign(new Error('Could not locate the bindings file.'), { tries: ['a', 'b'] })",
  )
  const otherNode = throwing(
    "Object.assign(new Error('NODE_MODULE_VERSION 1'), { code: 'ERR_DLOPEN_FAILED' })",
  )
  for (const each of [unbuilt, otherNode]) expect(open('9', { 'better-sqlite3-12': each })).toBe(old)
  expect(open('9', { 'better-sqlite3': saying('13') })).toBe(old)

  expect(open('10', { 'better-sqlite3-12': saying('12') })).toBe(
    `better-sqlite3 13 is not installed, which Node 0.0.0 on ${here} needs: install again with this Node, optional dependencies included.`,
  )
  expect(open('10', { 'better-sqlite3': `require('./build/Release/better_sqlite3.node')` })).toBe(
    `better-sqlite3 13 has no binary for Node 0.0.0 on ${here}: build it with \`npm explore better-sqlite3 -- npm run build-release\`.`,
  )
})

test('what SQLite says of the file is passed on as it is', () => {
  const failing = `
    class SqliteError extends Error {}
    module.exports = function Database() { throw new SqliteError('unable to open database file') }
    module.exports.SqliteError = SqliteError`
  expect(open('9', { 'better-sqlite3-12': failing })).toBe('an error of SQLite')
})
