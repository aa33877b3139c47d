import type { FileHandle } from 'node:fs/promises'
import { hasKey, keyAt, type RowPlace, rowEnds } from './csv-rows.ts'

const chunkBytes = 2 ** 19
/** A row that is longer has lost the end of a quote. */
const maxRowBytes = 2 ** 22

/** Bytes to be written at a place of a file. */
export interface Write {
  readonly at: number
  readonly bytes: Buffer
}

/** Shows whether a file is the one that was seen last, and unchanged. */
export interface FileMark {
  readonly size: number
  /** Nanoseconds and number of the file: larger than a `number` may be. */
  readonly modified: string
  readonly inode: string
}

/** A CSV file that is open for reading and writing. */
export interface CsvFile {
  readonly name: string
  readonly mark: () => Promise<FileMark>
  readonly read: (place: RowPlace) => Promise<Buffer>
  /** The row that begins at `at`, which must be whole. */
  readonly rowAt: (
    at: number,
  ) => Promise<{ readonly place: RowPlace; readonly bytes: Buffer; readonly key: string }>
  /** Calls `see` with whole rows from `from` to `to`, a piece of the file at a time; where the last whole row ends. */
  readonly scan: (
    from: number,
    to: number,
    see: (bytes: Buffer, at: number, ends: readonly number[]) => void,
  ) => Promise<number>
  /** Writes all, makes it durable, and leaves the file `size` bytes long. */
  readonly write: (writes: readonly Write[], size: number) => Promise<void>
}

/** `file` as a CSV; throws one sentence that begins with `name` when it is none. */
export function csvFile(file: FileHandle, name: string): CsvFile {
  const read = async ({ at, length }: RowPlace) => {
    const bytes = Buffer.allocUnsafe(length)
    const { bytesRead } = await file.read(bytes, 0, length, at)
    return bytes.subarray(0, bytesRead)
  }
  const scan: CsvFile['scan'] = async (from, to, see) => {
    let at = from
    let length = chunkBytes
    while (at < to) {
      const bytes = await read({ at, length: Math.min(length, to - at) })
      const ends = rowEnds(bytes)
      see(bytes, at, ends)
      const end = ends.at(-1)
      if (end !== undefined) {
        at += end
        length = chunkBytes
      } else if (at + bytes.length >= to) break
      else if (length < maxRowBytes) length *= 2
      else
        throw new Error(
          `${name} has a row of more than 4 MiB from byte ${at} on: a quote in it does not end. Mend it, or move it away.`,
        )
    }
    return at
  }
  return {
    name,
    read,
    scan,
    async mark() {
      const { size, mtimeNs, ino } = await file.stat({ bigint: true })
      return { size: Number(size), modified: String(mtimeNs), inode: String(ino) }
    },
    async rowAt(at) {
      for (let length = 4096; length <= maxRowBytes; length *= 2) {
        const bytes = await read({ at, length })
        const [end] = rowEnds(bytes)
        if (end !== undefined)
          return { place: { at, length: end }, bytes: bytes.subarray(0, end), key: keyAt(bytes, 0) }
      }
      throw new Error(`${name} has no row at byte ${at}.`)
    },
    async write(writes, size) {
      for (const { at, bytes } of writes) await file.write(bytes, 0, bytes.length, at)
      await file.truncate(size)
      await file.sync()
    },
  }
}

/** The last row with that key between two places of a file, and where the last whole row ends. */
export async function findRow(
  file: CsvFile,
  { key, from, to }: { key: string; from: number; to: number },
): Promise<{ readonly place: RowPlace | undefined; readonly end: number }> {
  const wanted = Buffer.from(key)
  let place: RowPlace | undefined
  const end = await file.scan(from, to, (bytes, at, ends) => {
    if (!bytes.includes(wanted)) return
    let start = 0
    for (const each of ends) {
      if (hasKey(bytes, start, wanted)) place = { at: at + start, length: each - start }
      start = each
    }
  })
  return { place, end }
}
