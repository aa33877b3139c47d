import { type Infer, oneOf, type WorkContext, worker, wrapped } from 'pipewright'
import * as z from 'zod'
import type { BookContext } from '../context.ts'
import { Defect } from '../defect.ts'
import { type ExportRow, exportBook } from '../export/books-export.ts'
import { refuseStranger, stagingOf } from '../staging.ts'
import { Done } from '../states/done.ts'
import { Rejected } from '../states/rejected.ts'
import { Rejecting } from '../states/rejecting.ts'
import { Uploaded } from '../states/uploaded.ts'
import { dropIncoming } from '../storage/version.ts'
import { failing } from './failing.ts'
import { type Tuning, tuned } from './tuning.ts'

const Finishing = oneOf(Uploaded, Rejecting)
type Finishing = Infer<typeof Finishing>

// The export is one file: more would only wait for each other.
const defaults = { concurrency: 1 }

async function cleanUp(book: Finishing, ctx: BookContext & WorkContext): Promise<null> {
  if (book.tag === 'Uploaded') await exportBook(ctx.exports(book.done_bucket), rowOf(book), ctx.signal)
  else if (isStranger(ctx, book)) return null
  else await dropIncoming(ctx.storage(book.done_bucket), book.barcode)
  await stagingOf(ctx, book).clear()
  ctx.log.info('Cleaned up.')
  return null
}

/** A token that was refused as it came has no files; what has its barcode is another's. */
function isStranger(ctx: BookContext & WorkContext, book: Finishing): boolean {
  try {
    refuseStranger(ctx, book)
    return false
  } catch (error) {
    if (error instanceof Defect) return true
    throw error
  }
}

function rowOf(book: Infer<typeof Uploaded>): ExportRow {
  const { about, accepted = {}, archive, outputs, unpacked } = book
  return {
    barcode: book.barcode,
    title: about.title ?? '',
    author: about.author ?? '',
    date: about.date ?? '',
    language: about.language ?? '',
    pages: String(unpacked.pages),
    bytes: String(outputs.tarball.bytes),
    sha256: outputs.tarball.sha256,
    etag: archive.etag,
    stored: book.stored_at,
    note: [accepted.package, accepted.metadata, ...(unpacked.oddity ? [unpacked.oddity] : [])]
      .filter((note) => note !== undefined)
      .join('; '),
  }
}

/** What a book is once nothing of it is left to do. */
export function finished(book: Finishing): Infer<typeof Done> | Infer<typeof Rejected> {
  if (book.tag === 'Rejecting') return Rejected(book)
  const { barcode, processing_bucket, done_bucket, passphrase, accepted, about, stored, stored_at } = book
  return Done({
    ...{ barcode, processing_bucket, done_bucket, passphrase, accepted, about, stored, stored_at },
    etag: book.archive.etag,
    decrypted_sha256: book.decrypted.sha256,
    pages: book.unpacked.pages,
    ...(book.unpacked.oddity !== undefined && { oddity: book.unpacked.oddity }),
  })
}

/** Writes a stored book's row into the export, and removes all that is left in the processing bucket. */
export const makeCleanUp = (tuning: Tuning = {}) =>
  wrapped(
    worker({
      input: Finishing,
      output: z.null(),
      process: cleanUp,
      ...tuned(defaults, tuning),
    }),
    {
      input: Finishing,
      output: oneOf(Done, Rejected),
      pre: (book) => book,
      post: (book) => finished(book),
      failed: failing('cleanUp'),
    },
  )
