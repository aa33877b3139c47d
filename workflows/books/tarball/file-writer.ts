/*
 * Small files are written together: most of the time that one takes is spent waiting for its folder. So of an archive
 * of next to nothing but names nothing is written at all before there are too many of them.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { syncFiles } from '../durable-file.ts'
import { duplicate } from './members.ts'

const smallBytes = 2 ** 16
const maxHeldBytes = 8 * 2 ** 20
const atOnce = 32

/** Writes new files, one after the other, each in pieces. */
export interface FileWriter {
  /** Begins a file of so many bytes, which must follow. */
  readonly begin: (path: string, bytes: number) => Promise<void>
  /** Takes the next piece of it; what no file has begun for (a folder may have a body) is left out. */
  readonly write: (piece: Uint8Array) => Promise<void>
  /** Makes all of them durable. */
  readonly finish: () => Promise<void>
  /** Lets go of a file that is not complete. */
  readonly close: () => Promise<void>
}

interface Held {
  readonly path: string
  readonly pieces: Uint8Array[]
}

/** Makes a writer; a file whose name is taken is a `BadFilename`. */
export function makeFileWriter(): FileWriter {
  const written: string[] = []
  let held: Held[] = []
  let heldBytes = 0
  let left = 0
  let large: FileHandle | undefined

  async function flush(): Promise<void> {
    const files = held
    held = []
    heldBytes = 0
    for (let at = 0; at < files.length; at += atOnce)
      await Promise.all(files.slice(at, at + atOnce).map(writeWhole))
  }
  async function close(): Promise<void> {
    await large?.close()
    large = undefined
  }

  return {
    close,
    async begin(path, bytes) {
      left = bytes
      written.push(path)
      if (bytes > smallBytes) large = await create(path)
      else held.push({ path, pieces: [] })
    },
    async write(piece) {
      if (left === 0) return
      left -= piece.length
      if (large) {
        await large.writeFile(piece)
        if (left === 0) await close()
      } else {
        // A copy, lest it keep the window that it was unpacked in.
        held.at(-1)!.pieces.push(Buffer.from(piece))
        heldBytes += piece.length
        if (left === 0 && heldBytes > maxHeldBytes) await flush()
      }
    },
    async finish() {
      await flush()
      await syncFiles(written)
    },
  }
}

async function writeWhole({ path, pieces }: Held): Promise<void> {
  const file = await create(path)
  try {
    await file.writeFile(Buffer.concat(pieces))
  } finally {
    await file.close()
  }
}

async function create(path: string): Promise<FileHandle> {
  return open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? duplicate(path) : error
  })
}
