import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { openDatabase } from '../src/backends/sqlite/file/open-database.mjs'

// Older versions have known faults that would hurt here. `npm audit` asks a server, this asks none. Taken out,
// to see this fail: the version in `package.json` (`"tar": "^7.0.0"`).

const floors = {
  tar: '7.5.19',
  fastify: '5.12.1',
} as const

interface Package {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

const read = (path: string | URL): Package => JSON.parse(readFileSync(path, 'utf8'))
const own = read(new URL('../package.json', import.meta.url))

/** Less than 0 if version `a` is older than `b`. */
function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(/[.-]/).map(Number))
  const at = left!.findIndex((part, n) => part !== right![n])
  return at < 0 ? 0 : left![at]! - (right![at] ?? 0)
}

it.each(Object.entries(floors))('%s is installed, and asked for, from %s', (name, floor) => {
  const range = { ...own.devDependencies, ...own.dependencies }[name]!
  // A caret, and one version: from there to the next major one.
  expect(range).toMatch(/^\^\d+\.\d+\.\d+$/)
  expect(compare(range.slice(1), floor)).toBeGreaterThanOrEqual(0)
  const installed = createRequire(import.meta.url).resolve(`${name}/package.json`)
  expect(compare(read(installed).version, floor)).toBeGreaterThanOrEqual(0)
})

it('SQLite is new enough not to corrupt a file that processes share', () => {
  const db = openDatabase(':memory:')
  const version = db.prepare<[], string>('select sqlite_version()').pluck().get()!
  db.close()
  expect(compare(version, '3.51.3')).toBeGreaterThanOrEqual(0)
  // The first of each line that has such a SQLite within.
  const { 'better-sqlite3': newer, 'better-sqlite3-12': older } = own.optionalDependencies
  expect(compare(newer!.replace('^', ''), '13.0.0')).toBeGreaterThanOrEqual(0)
  expect(compare(older!.replace('npm:better-sqlite3@^', ''), '12.11.1')).toBeGreaterThanOrEqual(0)
})
