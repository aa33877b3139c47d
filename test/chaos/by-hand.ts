import { execFileSync } from 'node:child_process'

const library = new URL('../../src/backends/sqlite/file/open-database.mjs', import.meta.url)

// As a person does with the program `sqlite3`: in another process, with checks switched off, beside running workers.
const script = `
  import { openDatabase } from '${library}'
  import { readFileSync } from 'node:fs'
  const db = openDatabase(process.argv[1], { timeout: 5000 })
  db.pragma('ignore_check_constraints = on')
  db.exec(readFileSync(0, 'utf8'))
  db.close()`

/** Runs statements of SQL on the database at `path` in a process of their own. */
export function editByHand(path: string, statements: readonly string[]): void {
  const input = `begin immediate;\n${statements.join(';\n')};\ncommit;`
  execFileSync(process.execPath, ['--input-type=module', '-e', script, path], { input })
}
