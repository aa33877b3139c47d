// @ts-check
// The one file that names better-sqlite3. Plain JavaScript, since keeper-thread.mjs loads it as it is.

import { createRequire } from 'node:module'
import { isOf } from '../../../queue/thrown.mjs'

/** @typedef {import('better-sqlite3').Database} Connection An open database file. */
/** @typedef {InstanceType<import('better-sqlite3').SqliteError>} SqliteError An error that SQLite itself raised. */
/**
 * @template {unknown[]} [Binds=unknown[]]
 * @template [Result=unknown]
 * @typedef {import('better-sqlite3').Statement<Binds, Result>} Statement A prepared statement.
 */

const require = createRequire(import.meta.url)

// Version 13 brings its binaries, which crash a Node without Node-API 10; 12 is built for one Node version, and can abort
// on 24. Never both: two copies of SQLite in one process drop each other's locks on a file.
const isNew = Number(process.versions['napi']) >= 10

/** @type {typeof import('better-sqlite3') | undefined} */
let library

/**
 * Opens the database file at `path`. Throws what SQLite throws; and one sentence that says what to do if better-sqlite3
 * is not installed, or has no binary for this Node.
 * @param {string} path
 * @param {import('better-sqlite3').Options} [options]
 * @returns {Connection}
 */
export function openDatabase(path, options) {
  try {
    return new (loaded())(path, options)
  } catch (error) {
    throw isUnloadable(error) ? new Error(sayUnloadable(error), { cause: error }) : error
  }
}

/**
 * The module that this package uses; it is loaded if it is not yet. Throws one sentence that says what to do if it is not installed.
 * @returns {typeof import('better-sqlite3')}
 */
export function loadLibrary() {
  try {
    return loaded()
  } catch (error) {
    throw isUnloadable(error) ? new Error(sayUnloadable(error), { cause: error }) : error
  }
}

/**
 * Whether `other` was opened by the same copy of SQLite as `db`. The classes of statements are those of the binary: one that was named
 * by the option `nativeBinding` has others.
 * @param {Connection} db
 * @param {unknown} other
 * @returns {other is Connection}
 */
export function isOfSameLibrary(db, other) {
  if (!(other instanceof loadLibrary())) return false
  // A closed one prepares nothing, and holds no lock.
  if (!other.open) return true
  const [own, theirs] = [db, other].map((each) => each.prepare('select 1').constructor)
  return own === theirs
}

/**
 * Whether SQLite raised `error`, as opposed to this package.
 * @param {unknown} error
 * @returns {error is SqliteError}
 */
export function isSqliteError(error) {
  return isOf(error, 'SqliteError')
}

/** @returns {typeof import('better-sqlite3')} */
function loaded() {
  library ??= isNew ? require('better-sqlite3') : require('better-sqlite3-12')
  return /** @type {typeof import('better-sqlite3')} */ (library)
}

/** @param {any} error */
function isUnloadable(error) {
  return (
    error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_DLOPEN_FAILED' || error?.tries !== undefined
  )
}

/** @param {any} error */
function sayUnloadable(error) {
  const node = `Node ${process.versions.node} on ${process.platform}-${process.arch}`
  if (!isNew) {
    const needs = 'with this Node, with install scripts allowed and a C++ compiler at hand'
    return `better-sqlite3 12 is not built for ${node}: install again ${needs}, or use Node 22.14 or newer, which needs neither.`
  }
  if (/'better-sqlite3'/.test(error.message)) {
    return `better-sqlite3 13 is not installed, which ${node} needs: install again with this Node, optional dependencies included.`
  }
  const build = 'npm explore better-sqlite3 -- npm run build-release'
  return `better-sqlite3 13 has no binary for ${node}: build it with \`${build}\`.`
}
