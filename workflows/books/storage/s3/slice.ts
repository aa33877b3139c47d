import { createHash } from 'node:crypto'
import { openPlain } from '../../plain-file.ts'
import { changed } from '../changed.ts'

/** Bytes of a file that are in their place. */
export interface Slice {
  /** The absolute path of the file. */
  readonly file: string
  readonly start: number
  readonly bytes: number
}

/** A slice that is sent in one request. */
export interface HashedSlice extends Slice {
  readonly sha256: string
}

const chunkBytes = 2 ** 18

/** Reads a slice, or as much of it as there is. */
export async function* readSlice(
  { file, start, bytes }: Slice,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const handle = await openPlain(file)
  if (bytes === 0) return handle.close()
  const end = start + bytes - 1
  const stream = handle.createReadStream({ start, end, highWaterMark: chunkBytes, ...(signal && { signal }) })
  yield* stream as AsyncIterable<Buffer>
}

/**
 * Reads a slice that was hashed before. The last bytes come only when all have proved to be those that were hashed: a
 * request with others stays short, so that a server that verifies nothing stores nothing. `OperationFailed` otherwise.
 */
export async function* readHashed(key: string, slice: HashedSlice): AsyncGenerator<Buffer, void, undefined> {
  const digest = createHash('sha256')
  let [read, held]: [number, Buffer | undefined] = [0, undefined]
  for await (const chunk of readSlice(slice)) {
    digest.update(chunk)
    read += chunk.length
    if (held) yield held
    held = chunk
  }
  const actual = digest.digest('hex')
  if (read !== slice.bytes || actual !== slice.sha256) throw changed(key, slice, 'it has other bytes', actual)
  if (held) yield held
}
