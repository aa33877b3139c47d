import { opendir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'

/** What a disk has room for. */
export interface Room {
  /** Bytes that are free, and may be used. */
  readonly free: number
  /** Bytes of the files in the folder. */
  readonly staged: number
  /** Bytes that books may take together: what they have, and what is free, but for what is to stay free. */
  readonly limit: number
}

/** Measures the disk of `folder`, on which `reserve` bytes are to stay free. */
export async function measureRoom(folder: string, reserve: number): Promise<Room> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const staged = await bytesIn(folder)
  return { free, staged, limit: rounded(Math.max(0, staged + free - reserve)) }
}

/** A book that vanishes meanwhile counts for nothing. */
async function bytesIn(folder: string): Promise<number> {
  let bytes = 0
  for await (const entry of await opendir(folder, { recursive: true })) {
    if (!entry.isFile()) continue
    const stats = await stat(join(entry.parentPath, entry.name)).catch(() => undefined)
    bytes += stats ? stats.blocks * 512 : 0
  }
  return bytes
}

/** Down to five binary digits: a limit that follows each file would be a line of the history each time. */
function rounded(bytes: number): number {
  if (bytes < 32) return bytes
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 4)
  return Math.floor(bytes / step) * step
}
