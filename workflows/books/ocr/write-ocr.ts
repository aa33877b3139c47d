import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pageFileOf } from '../package/file-names.ts'
import { readPlain } from '../plain-file.ts'
import { writeGzip } from '../write-gzip.ts'
import { jsonPieces } from './json-pieces.ts'

/** The text of a book, and where it is to be written. */
export interface OcrOptions {
  readonly folder: string
  /** How many pages there are; more lines are written where a text has a higher number. */
  readonly pages: number
  readonly target: string
  readonly signal?: AbortSignal
}

/**
 * Writes the text of a book as gzipped lines, each page's as a JSON string in the line of its number, `""` where there is
 * none; `empty` when no page has any text.
 */
export async function writeOcr(
  options: OcrOptions,
): Promise<{ bytes: number; sha256: string; empty: boolean }> {
  const { folder, pages } = options
  const texts = await textsIn(folder)
  let empty = true
  const lines = async function* () {
    const last = Math.max(pages, ...texts.keys())
    for (let page = 1; page <= last; page++) {
      options.signal?.throwIfAborted()
      const name = texts.get(page)
      const text = name === undefined ? '' : await readText(join(folder, name))
      if (text.trim() !== '') empty = false
      yield* lineOf(text)
    }
  }
  const written = await writeGzip(options.target, lines())
  return { ...written, empty }
}

/** The line of a page, in pieces. */
export function* lineOf(text: string): Generator<string> {
  yield* jsonPieces(text)
  yield '\n'
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
  return new TextDecoder().decode(await readPlain(path))
}
