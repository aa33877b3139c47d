import { InvalidError } from 'pipewright'
import { surveyId } from './ledger/survey-id.ts'
import type { Book } from './states/book.ts'

/** Names of the buckets that an app has. */
export interface Buckets {
  readonly processing: readonly string[]
  readonly done: readonly string[]
}

/** The `idOf` of an app: a survey enters under its time, a book under its barcode, and, with an `InvalidError`, not at all if the app lacks a bucket of it. */
export function idOfBook(
  buckets: Buckets,
): (value: Book | { readonly tag: 'Survey'; readonly at: string }) => string {
  return (value) => {
    if ('at' in value) return surveyId(value.at)
    const { barcode, processing_bucket, done_bucket } = value
    const named = { processing: processing_bucket, done: done_bucket }
    for (const kind of ['processing', 'done'] as const) {
      if (buckets[kind].includes(named[kind])) continue
      const sentence = `Book ${barcode} cannot enter: the app has no ${kind} bucket called ${named[kind]}; it has ${buckets[kind].join(', ')}.`
      throw new InvalidError(sentence, { id: barcode })
    }
    return barcode
  }
}
