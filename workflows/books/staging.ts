import { rm, stat } from 'node:fs/promises'
import { inBucket } from './bucket.ts'
import type { BookContext } from './context.ts'
import { Defect } from './defect.ts'
import type { Book, StagedFile } from './states/book.ts'

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
  /** Removes files or folders by their paths; those that are gone already are no error. */
  readonly remove: (...paths: readonly string[]) => Promise<void>
  /** Removes all of the book. */
  readonly clear: () => Promise<void>
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
      const size = await stat(absolute(path)).then(
        (stats) => stats.size,
        () => undefined,
      )
      if (size === bytes) return absolute(path)
      throw new Defect(
        'MissingFile',
        `${path} is not in the processing bucket any more; take the book from the download again.`,
        { file: path, expected: bytes, ...(size !== undefined && { actual: size }) },
      )
    },
    remove: async (...paths) => {
      for (const path of paths) await removeOne(path)
    },
    clear: () => removeOne(book.barcode),
  }
}
