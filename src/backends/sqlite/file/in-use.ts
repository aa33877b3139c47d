import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { BackendError } from '../../../queue/errors.ts'

/** Other processes have the database open, which has to be migrated. */
export class InUseError extends BackendError {
  constructor(path: string, version: number) {
    const users = usersOf(path)
    const who = users.length > 0 ? users.join(', ') : 'all processes that have it open'
    const sentence = `The database ${path} has the schema of an older version (${version}) and has to be migrated, for which no other process may have it open`
    super(`${sentence}; end ${who}, and start again. Nothing was changed.`)
  }
}

/** The processes that have the file at `path` open, as far as this one may see: nothing where there is no /proc. */
function usersOf(path: string): readonly string[] {
  return numbersIn('/proc')
    .filter((pid) => Number(pid) !== process.pid && opens(pid).some((file) => file === path))
    .map((pid) => `process ${pid} (${nameOf(pid)})`)
}

function opens(pid: string): readonly string[] {
  const folder = `/proc/${pid}/fd`
  return numbersIn(folder).flatMap((fd) => ifReadable(() => readlinkSync(`${folder}/${fd}`)) ?? [])
}

function nameOf(pid: string): string {
  return ifReadable(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim()) ?? 'unknown'
}

function numbersIn(folder: string): readonly string[] {
  return (ifReadable(() => readdirSync(folder)) ?? []).filter((name) => /^\d+$/.test(name))
}

// It may have ended, or belong to another user.
function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
