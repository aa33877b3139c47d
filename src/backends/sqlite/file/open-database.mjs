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
    library ??= load()
    return new library(path, options)
  } catch (error) {
    throw isUnloadable(error) ? new Error(sayUnloadable(error), { cause: error }) : error
  }
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
function load() {
  return isNew ? require('better-sqlite3') : require('better-sqlite3-12')
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
