import { readdir, rm, stat } from 'node:fs/promises'
import { inBucket } from './bucket.ts'
import type { BookContext } from './context.ts'
import { Defect } from './defect.ts'
import type { Book, StagedFile, Unpacking } from './states/book.ts'

/*
 * The files of a book stand in a folder of its own in the processing bucket, called like its barcode. A stage never
 * removes what it reads: should it die before its hop is committed, it will be done again. What one stage has read,
 * the next one removes when it begins, because it begins after that hop.
 */

/** The files of one book in its processing bucket. */
export interface Staging {
  /** The path, relative to the bucket, of the book's file called `name`. */
  readonly path: (name: string) => string
  /** Where a path of a state is on this machine. */
  readonly absolute: (path: string) => string
  /** The same for a file to be read; throws `MissingFile` if it is gone. */
  readonly existing: (file: Pick<StagedFile, 'path' | 'bytes'>) => Promise<string>
  /** The same for a folder with so many files in it. */
  readonly existingFolder: (folder: Pick<Unpacking, 'path' | 'files'>) => Promise<string>
  /** Removes files or folders by their paths; those that are gone already are no error. */
  readonly remove: (...paths: readonly string[]) => Promise<void>
  /** Removes all of the book, but what is called like `kept` and more: what there is of a file that is still being fetched. */
  readonly clear: (kept?: string) => Promise<void>
}

/** The staging of `book`. */
export function stagingOf(ctx: Pick<BookContext, 'processing'>, book: Book): Staging {
  const bucket = ctx.processing(book.processing_bucket)
  const absolute = (path: string) => inBucket(bucket, path)
  const removeOne = (path: string) => rm(absolute(path), { recursive: true, force: true })
  return {
    path: (name) => `${book.barcode}/${name}`,
    absolute,
    async existing({ path, bytes }) {
      const size = await unlessGone(stat(absolute(path)).then((stats) => stats.size))
      return size === bytes ? absolute(path) : Promise.reject(gone(path, bytes, size))
    },
    async existingFolder({ path, files }) {
      const count = await unlessGone(readdir(absolute(path)).then((names) => names.length))
      return count === files ? absolute(path) : Promise.reject(gone(path, files, count))
    },
    remove: async (...paths) => {
      for (const path of paths) await removeOne(path)
    },
    async clear(kept) {
      if (kept === undefined) return removeOne(book.barcode)
      const names = (await unlessGone(readdir(absolute(book.barcode)))) ?? []
      for (const name of names) if (!name.startsWith(`${kept}.`)) await removeOne(`${book.barcode}/${name}`)
    },
  }
}

async function unlessGone<T>(looking: Promise<T>): Promise<T | undefined> {
  return looking.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
}

function gone(path: string, expected: number, actual: number | undefined): Defect {
  const sentence = `${path} is not in the processing bucket any more; take the book from the download again.`
  return new Defect('MissingFile', sentence, {
    file: path,
    expected,
    ...(actual !== undefined && { actual }),
  })
}

/**
 * Throws a `Defect` when a token cannot be worked on here with any archive: it has another id than its barcode, so that two
 * could share one folder, or the app has no buckets of those names.
 */
export function refuseStranger(
  ctx: Pick<BookContext, 'processing' | 'storage'> & { id: string },
  book: Book,
): void {
  const { barcode, processing_bucket, done_bucket } = book
  if (ctx.id !== barcode) {
    const sentence = `The token ${ctx.id} is for the barcode ${barcode}, but a book's token has its barcode as its id.`
    throw new Defect('NotEqualValues', sentence, { field: 'barcode', actual: barcode, expected: ctx.id })
  }
  ctx.processing(processing_bucket)
  ctx.storage(done_bucket)
}
