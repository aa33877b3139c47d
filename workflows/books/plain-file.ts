import { constants, openSync, type Stats, statSync } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { Defect } from './defect.ts'

/*
 * What stands under a name of a folder that others can write to may be no file. To open a FIFO waits until another
 * process writes to it, in one of the four threads that do all that Node asks of the file system: four of them, and
 * nothing moves any more, not even the end of the process. To open a device may do anything.
 */

/** Without waiting; what has been replaced since it was looked at is seen after it was opened. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/** Opens a file to be read, or what a link leads to; `BadFile` for what is no file. */
export async function openPlain(path: string): Promise<FileHandle> {
  refuseOther(await stat(path), path)
  const file = await open(path, flags)
  try {
    refuseOther(await file.stat(), path)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Reads a whole file, or what a link leads to; `BadFile` for what is no file. */
export async function readPlain(path: string): Promise<Buffer> {
  const file = await openPlain(path)
  try {
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/** `openPlain` at once, for small files that are there; gives the descriptor. */
export function openPlainNow(path: string): number {
  refuseOther(statSync(path), path)
  return openSync(path, flags)
}

/** Throws `BadFile` unless `stats` are those of a file. */
export function refuseOther(stats: Stats, path: string): void {
  if (stats.isFile()) return
  const [file, actual] = [basename(path), kindOf(stats)]
  throw new Defect('BadFile', `${file} is not a file but ${actual}.`, { file, actual })
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a FIFO'
  return stats.isSocket() ? 'a socket' : 'a device'
}
