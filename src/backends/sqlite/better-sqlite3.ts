import { loadLibrary } from './file/open-database.mjs'

/**
 * The better-sqlite3 that this package has loaded, for connections of your own to its file: two copies of SQLite in one process drop
 * each other's locks. `Module` is its type, if you have its types: `betterSqlite3<typeof Database>()`. Throws one sentence that says
 * what to do if it is not installed.
 */
// Public types name no type of better-sqlite3, which users may not have installed.
export function betterSqlite3<Module = any>(): Module {
  return loadLibrary() as Module
}
