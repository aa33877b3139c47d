import { spawnSync } from 'node:child_process'
import { isError } from '../queue/thrown.mjs'
import { sayError } from './say-error.ts'

/** What a person reads about a module at `path` that could not be loaded: where a syntax error is, with file and line. */
export function sayUnloadable(path: string, error: unknown): string {
  if (!isError(error)) return sayError(error)
  // As tsx says it of TypeScript: a heading, then a line for each error.
  const faults = error.message.match(/^\S.*:\d+:\d+: ERROR: .*$/gm)
  if (faults) return sayError(faults.join('\n').replaceAll(': ERROR: ', ': '))
  if ('code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    return `${sayError(error)}; a module that imports TypeScript must be TypeScript itself`
  }
  const [, parsed] = /^Parse error (.+):\d+:\d+$/.exec(error.message) ?? []
  if (!parsed && error.name !== 'SyntaxError') return sayError(error)
  return checkSyntax(parsed ?? path) ?? sayError(error)
}

/** The first syntax error in the JavaScript file `path`: Node gives an importer its message, but not its place. */
function checkSyntax(path: string): string | undefined {
  const { status, stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' })
  const [, line] = /^\S.*:(\d+)$/m.exec(stderr) ?? []
  const [, fault] = /^SyntaxError: (.*)$/m.exec(stderr) ?? []
  return status === 0 || !line || !fault ? undefined : sayError(new Error(`${path}:${line}: ${fault}`))
}
