/*
 * A file or folder appears under its name only when it is complete and on disk: it is written as
 * `<name>.<random>.partial`, synced, renamed, and then its folder is synced.
 *
 * Each attempt first removes what earlier attempts at the same name left behind. Should an earlier one still be
 * running (it lost its lease), its rename finds nothing and fails: two attempts can never mix their bytes.
 */
import { randomBytes } from 'node:crypto'
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { sayDiskTrouble } from './disk-trouble.ts'

const suffix = '.partial'

/** Writes a file through `write`; it becomes visible as `target`, durably, only after `write` has resolved. */
export async function writeDurably<T>(target: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  const partial = await freshPartial(target)
  try {
    return await named(partial, target, { flags: 'wx', use: write })
  } catch (error) {
    // The first error of the disk matters, not that it refuses this as well.
    await rm(partial, { force: true }).catch(() => {})
    throw sayDiskTrouble(error, target)
  }
}

/** What a file system says that cannot give a file a second name, or not this one. */
const noLink = ['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'ENOSYS']

/**
 * Gives a file, which is not written to any more, the name `target` too, durably, once `verify` has resolved. False where that cannot be
 * done: in another file system, or what it leads to is no file.
 */
export async function linkDurably(
  source: string,
  target: string,
  verify: (file: FileHandle) => Promise<void>,
): Promise<boolean> {
  const partial = await freshPartial(target)
  try {
    await link(source, partial)
    if (!(await lstat(partial)).isFile()) return false
    await named(partial, target, { flags: 'r', use: verify })
    return true
  } catch (error) {
    if (noLink.includes(String((error as NodeJS.ErrnoException).code))) return false
    throw sayDiskTrouble(error, target)
  } finally {
    // Where both names were of one file already, renaming has left them.
    await rm(partial, { force: true }).catch(() => {})
  }
}

/** Opens the file at `partial`, which has the name `target`, durably, once `use` has resolved. */
async function named<T>(
  partial: string,
  target: string,
  { flags, use }: { readonly flags: 'wx' | 'r'; readonly use: (file: FileHandle) => Promise<T> },
): Promise<T> {
  const file = await open(partial, flags, 0o600)
  let result: T
  try {
    result = await use(file)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(partial, target)
  await syncFolder(dirname(target))
  return result
}

/** Fills a folder through `fill`, which syncs its files; it becomes visible as `target`, replacing an older one, only then. */
export async function fillDurably<T>(target: string, fill: (folder: string) => Promise<T>): Promise<T> {
  const partial = await freshPartial(target)
  try {
    await mkdir(partial, { mode: 0o700 })
    const result = await fill(partial)
    await syncFolder(partial)
    await rm(target, { recursive: true, force: true })
    await rename(partial, target)
    await syncFolder(dirname(target))
    return result
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => {})
    throw sayDiskTrouble(error, target)
  }
}

/** Removes what unfinished attempts at `target` have left in its folder, but for the file `kept`. */
export async function removeLeftovers(target: string, kept?: string): Promise<void> {
  const folder = dirname(target)
  const leftovers = (await readdir(folder)).filter(
    (name) => isPartialOf(name, basename(target)) && name !== (kept && basename(kept)),
  )
  for (const name of leftovers) await rm(join(folder, name), { recursive: true, force: true })
}

/** Makes the bytes of files durable, some at a time: file systems commit syncs that are requested together once. */
export async function syncFiles(paths: readonly string[]): Promise<void> {
  for (let at = 0; at < paths.length; at += 32) await Promise.all(paths.slice(at, at + 32).map(syncPath))
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return // Windows cannot sync a folder, and does not need it.
  await syncPath(folder)
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function freshPartial(target: string): Promise<string> {
  try {
    await makeFolder(dirname(target))
    await removeLeftovers(target)
  } catch (error) {
    throw sayDiskTrouble(error, target)
  }
  return partialOf(target, randomBytes(6).toString('hex'))
}

/** The name of what there is of `target` until it is whole; `tag` is twelve hexadecimal digits. */
export function partialOf(target: string, tag: string): string {
  return `${target}.${tag}${suffix}`
}

/** Makes a folder, and those above it. A recursive `mkdir` itself reports a read-only file system as a missing folder (ENOENT). */
export async function makeFolder(folder: string): Promise<void> {
  const make = () => mkdir(folder, { mode: 0o700 })
  try {
    await make().catch(async (error) => {
      if (error.code !== 'ENOENT') throw error
      await makeFolder(dirname(folder))
      await make()
    })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function isPartialOf(name: string, target: string): boolean {
  return name.startsWith(`${target}.`) && /^\.[0-9a-f]{12}\.partial$/.test(name.slice(target.length))
}
