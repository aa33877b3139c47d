import { InvalidError } from 'pipewright'
import type { Book } from './states/book.ts'

/** Names of the buckets that an app has. */
export interface Buckets {
  readonly processing: readonly string[]
  readonly done: readonly string[]
}

/** The `idOf` of an app: a book enters under its barcode, and, with an `InvalidError`, not at all if the app lacks a bucket of it. */
export function idOfBook(buckets: Buckets): (book: Book) => string {
  return ({ barcode, processing_bucket, done_bucket }) => {
    const named = { processing: processing_bucket, done: done_bucket }
    for (const kind of ['processing', 'done'] as const) {
      if (buckets[kind].includes(named[kind])) continue
      const sentence = `Book ${barcode} cannot enter: the app has no ${kind} bucket called ${named[kind]}; it has ${buckets[kind].join(', ')}.`
      throw new InvalidError(sentence, { id: barcode })
    }
    return barcode
  }
}
