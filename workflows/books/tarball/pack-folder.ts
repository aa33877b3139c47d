import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Header, Pax } from 'tar'
import { Defect } from '../defect.ts'
import { openPlain } from '../plain-file.ts'
import { writeGzip } from '../write-gzip.ts'

/** What to pack, and where to. */
export interface PackOptions {
  readonly folder: string
  readonly target: string
  readonly signal?: AbortSignal
}

const blockBytes = 512
const chunkBytes = 2 ** 20
const mode = 0o644
const mtime = new Date(0)

/**
 * Packs the files of a flat folder into a `.tar.gz` that depends on their names and bytes only: sorted, no owners, one
 * mode, one time. The headers are node-tar's; its packing is not used, since it never ends at a FIFO, and ends the
 * process when a file cannot be read.
 */
export async function packFolder({
  folder,
  target,
  signal,
}: PackOptions): Promise<{ bytes: number; sha256: string }> {
  const names = (await readdir(folder)).sort()
  return writeGzip(target, tarOf(folder, names, signal))
}

async function* tarOf(
  folder: string,
  names: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for (const name of names) yield* memberOf(join(folder, name), name, signal)
  yield Buffer.alloc(2 * blockBytes)
}

async function* memberOf(
  path: string,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const file = await openPlain(path)
  try {
    const { size } = await file.stat()
    yield* headersOf(name, size)
    for (let at = 0; at < size; ) {
      signal?.throwIfAborted()
      const length = Math.min(chunkBytes, size - at)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at)
      if (bytesRead === 0) throw shortened(name, at, size)
      yield buffer.subarray(0, bytesRead)
      at += bytesRead
    }
    yield Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes)
  } finally {
    await file.close()
  }
}

function* headersOf(path: string, size: number): Generator<Uint8Array> {
  const header = new Header({ path, mode, size, mtime, type: 'File' })
  // A name, or a size, that does not fit.
  if (header.encode()) yield new Pax({ path, size, mtime }).encode()
  yield header.block!
}

function shortened(file: string, actual: number, expected: number): Defect {
  const sentence = `${file} became shorter while it was packed.`
  return new Defect('OperationFailed', sentence, { file, actual, expected })
}
