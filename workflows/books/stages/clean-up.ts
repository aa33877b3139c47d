import { type Infer, oneOf, type WorkContext, worker, wrapped } from 'pipewright'
import * as z from 'zod'
import type { BookContext } from '../context.ts'
import { Defect } from '../defect.ts'
import { type ExportRow, exportBook } from '../export/books-export.ts'
import { note } from '../ledger/note.ts'
import { refuseStranger, stagingOf } from '../staging.ts'
import { Done } from '../states/done.ts'
import { Rejected } from '../states/rejected.ts'
import { Rejecting } from '../states/rejecting.ts'
import { Uploaded } from '../states/uploaded.ts'
import type { Storage } from '../storage/storage.ts'
import { removeUnused } from '../storage/version.ts'
import { failing } from './failing.ts'
import { onDisk } from './on-disk.ts'
import { type Tuning, tuned } from './tuning.ts'

const Finishing = oneOf(Uploaded, Rejecting)
type Finishing = Infer<typeof Finishing>

// The export is one file: more would only wait for each other.
const defaults = { concurrency: 1 }

async function cleanUp(book: Finishing, ctx: BookContext & WorkContext): Promise<null> {
  if (book.tag === 'Uploaded') await finish(book, ctx)
  else if (isStranger(ctx, book)) return null
  else await clear(book, ctx)
  ctx.log.info('Cleaned up.')
  return null
}

/** All checks come before the row is written: from then on this version is the stored one. */
async function finish(book: Infer<typeof Uploaded>, ctx: BookContext & WorkContext): Promise<void> {
  await refuseMissing(book, ctx.storage(book.done_bucket))
  await exportBook(ctx.exports(book.done_bucket), rowOf(book), ctx.signal)
  const { barcode, archive, about } = book
  note(ctx, (ledger) => ledger.store(barcode, { etag: archive.etag, title: about.title }))
  try {
    await clear(book, ctx)
  } catch (error) {
    const { message } = error as Error
    ctx.log.warn('What a stored book does not need any more is removed at the next start.', {
      error: message,
    })
  }
}

async function clear(book: Finishing, ctx: BookContext & WorkContext): Promise<void> {
  const staging = stagingOf(ctx, book)
  await removeUnused(ctx, staging.absolute(book.barcode), book.barcode)
  await staging.clear()
}

async function refuseMissing({ stored }: Infer<typeof Uploaded>, storage: Storage): Promise<void> {
  for (const { key, bytes, sha256 } of stored) {
    const there = await storage.head(key)
    if (there?.bytes === bytes && there.sha256 === sha256) continue
    const sentence = `${key} is not in storage as it was put there; take the book from the download again.`
    throw new Defect('MissingFile', sentence, { file: key })
  }
}

/** A token that was refused as it came has no files; files with its barcode are another token's. */
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
      process: onDisk(cleanUp),
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
