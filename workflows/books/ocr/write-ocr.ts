import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { writeDurably } from '../durable-file.ts'
import { pageFileOf } from '../package/file-names.ts'

/** The text of a book, and where it is to be written. */
export interface OcrOptions {
  readonly folder: string
  /** The number of pages; one without a text is written as `""`. */
  readonly pages: number
  readonly target: string
  readonly signal?: AbortSignal
}

/** Writes the text of a book as gzipped lines, one JSON string a page in order; `empty` when no page has any text. */
export async function writeOcr(
  options: OcrOptions,
): Promise<{ bytes: number; sha256: string; empty: boolean }> {
  const { folder, pages } = options
  const texts = await textsIn(folder)
  let empty = true
  const lines = async function* () {
    for (let page = 1; page <= pages; page++) {
      options.signal?.throwIfAborted()
      const name = texts.get(page)
      const text = name === undefined ? '' : await readText(join(folder, name))
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

/** The names of the texts in a folder, by page. */
async function textsIn(folder: string): Promise<Map<number, string>> {
  const files = (await readdir(folder)).sort().map(pageFileOf)
  const texts = files.flatMap((file) => (file?.kind === 'text' ? [file] : []))
  // Where a page has two, the one with the proper name counts.
  const byName = texts.sort((a, b) => Number(a.name === a.proper) - Number(b.name === b.proper))
  return new Map(byName.map(({ page, name }) => [page, name]))
}

/** A byte order mark is no text: the decoder leaves it out. */
async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readFile(path))
}
