import { createHash } from 'node:crypto'
import { type FileHandle, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { archiveNameOf, barcodeOfArchive } from '../barcode.ts'
import { Defect } from '../defect.ts'
import { writeDurably } from '../durable-file.ts'
import { openPlain } from '../plain-file.ts'
import type { Fetched, Fetching, Source } from './source.ts'

const chunkBytes = 2 ** 20

/** A source that knows what it has. */
interface FolderSource extends Source {
  /** The barcodes of all archives that are there now. */
  readonly barcodes: () => AsyncIterable<string>
}

/** Archives in a folder, `{barcode}.tar.gz.gpg` each; the etag is the sha256. */
export function folderSource(folder: string): FolderSource {
  return {
    async *barcodes() {
      for await (const { name } of await opendir(folder)) {
        const barcode = barcodeOfArchive(name)
        if (barcode) yield barcode
      }
    },
    async fetch(barcode, fetching) {
      const name = archiveNameOf(barcode)
      const file = await openPlain(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
        throw new Defect('MissingFile', `The source folder has no ${name}.`, { file: name })
      })
      try {
        return await copy(file, name, fetching)
      } finally {
        await file.close()
      }
    },
  }
}

async function copy(
  file: FileHandle,
  name: string,
  { target, signal, progress }: Fetching,
): Promise<Fetched> {
  const stats = await file.stat()
  return writeDurably(target, async (partial) => {
    const digest = createHash('sha256')
    const chunk = Buffer.allocUnsafe(chunkBytes)
    let bytes = 0
    for (;;) {
      signal.throwIfAborted()
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, bytes)
      if (bytesRead === 0) break
      await partial.writeFile(chunk.subarray(0, bytesRead))
      digest.update(chunk.subarray(0, bytesRead))
      bytes += bytesRead
      progress(bytes / stats.size)
    }
    const sha256 = digest.digest('hex')
    const date = stats.mtime.toISOString()
    if (bytes === stats.size) return { bytes, sha256, etag: sha256, date }
    throw new Defect('OperationFailed', `${name} changed while it was copied.`, {
      file: name,
      actual: bytes,
      expected: stats.size,
    })
  })
}
