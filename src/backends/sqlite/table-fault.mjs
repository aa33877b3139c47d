// @ts-check
// What is wrong with one table, for the process and its keeper's thread; plain JavaScript, as that is.
import { fieldOf } from '../../queue/thrown.mjs'
import { isSqliteError } from './open-database.mjs'

/**
 * What SQLite says of a table that cannot be read, as when a hand has dropped or renamed it, or its pages are damaged: no
 * reason to stop what other tables are asked for. Undefined if `error` is another, and was not caused by one.
 * @param {unknown} error
 * @returns {import('./open-database.mjs').SqliteError | undefined}
 */
export function tableFaultOf(error) {
  const said = isSqliteError(error) ? error : fieldOf(error, 'cause')
  return isSqliteError(said) && /^SQLITE_(ERROR|CORRUPT|SCHEMA)/.test(said.code) ? said : undefined
}

/**
 * What an operator is told: the same sentence by each who meets the fault, so that it is told once.
 * @param {string} path
 * @param {{ readonly name: string, readonly table: string }} queue
 * @param {Error} error
 */
export function sayTableFault(path, { name, table }, error) {
  const reason = error.message.replace('no such table: main.', 'no such table: ')
  const sentence = `Queue "${name}" stands still, since its table ${table} in ${path} cannot be read (${reason})`
  return `${sentence}; put the table back under that name, or the file from a backup: all other queues go on.`
}
