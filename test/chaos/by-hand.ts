import { execFileSync } from 'node:child_process'

// As a person does with the program `sqlite3`: in another process, checks switched off, without asking anybody.
const script = `
  import Database from 'better-sqlite3'
  import { readFileSync } from 'node:fs'
  const db = new Database(process.argv[1], { timeout: 5000 })
  db.pragma('ignore_check_constraints = on')
  db.exec(readFileSync(0, 'utf8'))
  db.close()`

/** Runs statements of SQL on the database at `path` in a process of their own. */
export function editByHand(path: string, statements: readonly string[]): void {
  const root = new URL('../..', import.meta.url)
  const input = `begin immediate;\n${statements.join(';\n')};\ncommit;`
  execFileSync(process.execPath, ['--input-type=module', '-e', script, path], { cwd: root, input })
}
