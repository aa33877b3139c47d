import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'

const againMs = 20
/** What is done under a lock takes milliseconds; one as old as this was left by a process that died. */
const abandonedMs = 30_000

/**
 * Does `work` while no other process does, by the file `lock`. One that was left by a process that died is taken:
 * at once if it was of this machine, after 30 s otherwise.
 */
export async function withLock<T>(lock: string, work: () => Promise<T>): Promise<T> {
  while (!(await take(lock))) await delay(againMs)
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, `${hostname()} ${process.pid}`, { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    await removeAbandoned(lock)
    return false
  }
}

async function removeAbandoned(lock: string): Promise<void> {
  try {
    if (!(await isAbandoned(lock))) return
    const aside = `${lock}.${randomBytes(6).toString('hex')}`
    await rename(lock, aside)
    // Between the look and the rename another may have removed it, and a third taken it: then it goes back.
    if (!(await isAbandoned(aside))) await link(aside, lock)
    await rm(aside)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

async function isAbandoned(lock: string): Promise<boolean> {
  if (Date.now() - (await stat(lock)).mtimeMs >= abandonedMs) return true
  const [host, pid] = (await readFile(lock, 'utf8')).split(' ')
  return host === hostname() && pid !== undefined && !isAlive(Number(pid))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
