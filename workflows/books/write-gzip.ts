import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { writeDurably } from './durable-file.ts'

/** Where the header of a gzip file names the operating system, and the number of an unknown one (RFC 1952). */
const systemAt = 9
const unknownSystem = 255

/**
 * Writes a gzip file of these chunks; the same give the same bytes on every system. (The compression is zlib's, so
 * another version of Node may choose other bytes.) What the chunks throw, this rejects with.
 */
export async function writeGzip(
  target: string,
  chunks: AsyncIterable<Uint8Array | string>,
): Promise<{ bytes: number; sha256: string }> {
  return writeDurably(target, async (file) => {
    const digest = createHash('sha256')
    const source = Readable.from(chunks)
    const gzip = createGzip({ level: 6 })
    source.on('error', (error) => gzip.destroy(error))
    let bytes = 0
    for await (const chunk of source.pipe(gzip) as AsyncIterable<Buffer>) {
      if (bytes <= systemAt && bytes + chunk.length > systemAt) chunk[systemAt - bytes] = unknownSystem
      await file.writeFile(chunk)
      digest.update(chunk)
      bytes += chunk.length
    }
    return { bytes, sha256: digest.digest('hex') }
  })
}
