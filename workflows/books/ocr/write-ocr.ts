import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { writeDurably } from '../durable-file.ts'

export interface OcrOptions {
  readonly folder: string
  /** The number of pages; one without a `.txt` is written as `""`. */
  readonly pages: number
  readonly target: string
  readonly signal?: AbortSignal
}

/** Writes the text of a book as gzipped lines, one JSON string a page in order; `empty` when no page has any text. */
export async function writeOcr(
  options: OcrOptions,
): Promise<{ bytes: number; sha256: string; empty: boolean }> {
  let empty = true
  const lines = async function* () {
    for (let page = 1; page <= options.pages; page++) {
      options.signal?.throwIfAborted()
      const text = await readPage(join(options.folder, `${String(page).padStart(8, '0')}.txt`))
      if (text.trim() !== '') empty = false
      yield `${JSON.stringify(text)}\n`
    }
  }
  return writeDurably(options.target, async (file) => {
    const digest = createHash('sha256')
    let bytes = 0
    const source = Readable.from(lines())
    const gzip = createGzip()
    source.on('error', (error) => gzip.destroy(error))
    for await (const chunk of source.pipe(gzip) as AsyncIterable<Buffer>) {
      await file.writeFile(chunk)
      digest.update(chunk)
      bytes += chunk.length
    }
    return { bytes, sha256: digest.digest('hex'), empty }
  })
}

async function readPage(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
}
