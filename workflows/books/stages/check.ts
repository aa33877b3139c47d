import { type Infer, oneOf, worker, wrapped } from 'pipewright'
import * as z from 'zod'
import { exportedBook } from '../export/books-export.ts'
import { note } from '../ledger/note.ts'
import { refuseStranger } from '../staging.ts'
import { Book } from '../states/book.ts'
import { Converted, Offered } from '../states/converted.ts'
import { NeedsReview } from '../states/needs-review.ts'
import { Skipped } from '../states/skipped.ts'
import { Unconverted } from '../states/unconverted.ts'
import { Wanted } from '../states/wanted.ts'
import { keyOf } from '../storage/version.ts'
import { askingBehind, askingDefaults, askingGrin, type GrinContext, grinOf } from './asking-grin.ts'
import { failing, Stopping, stopped, stopping } from './failing.ts'
import { grin } from './gates.ts'
import { type Tuning, tuned } from './tuning.ts'

/** What GRIN offers of the book, and whether storage has just that; or why it offers nothing, if it has said. */
const Found = z.object({
  offered: Offered.nullable(),
  isStored: z.boolean(),
  failed: Stopping.optional(),
})

async function check(book: Infer<typeof Book>, ctx: GrinContext): Promise<z.infer<typeof Found>> {
  refuseStranger(ctx, book)
  const [client, asking] = [grinOf(ctx), askingBehind(ctx)]
  const offered = await client.look(book.barcode, asking)
  note(ctx, (ledger) => ledger.look(book.barcode))
  if (offered) {
    const { etag } = offered
    const isStored = await hasStored(ctx, book, etag)
    if (isStored) {
      note(ctx, (ledger) => ledger.store(book.barcode, { etag, title: null }))
      ctx.log.info('Storage has it already.')
    }
    return { offered: { ...offered, date: offered.date ?? new Date(ctx.now()).toISOString() }, isStored }
  }
  const failed = await client.failure(book.barcode, asking)
  return { offered: null, isStored: false, ...(failed && { failed: stopping(failed) }) }
}

/** Whether the export has that version of a book, and the version is in storage. */
async function hasStored(
  ctx: GrinContext,
  { barcode, done_bucket: bucket }: Infer<typeof Book>,
  etag: string,
): Promise<boolean> {
  const row = await exportedBook(ctx.exports(bucket), barcode)
  if (row?.etag !== etag) return false
  const there = await ctx.storage(bucket).head(keyOf(barcode, row.sha256, `${barcode}.tar.gz`))
  return there?.metadata['etag'] === etag
}

/** Looks at what GRIN offers of a book, with one request, and skips what storage has already. */
export const makeCheck = (tuning: Tuning = {}) =>
  wrapped(
    worker({
      input: Book,
      output: Found,
      process: askingGrin(check),
      behind: [grin],
      ...tuned(askingDefaults, tuning),
    }),
    {
      input: Wanted,
      output: oneOf(Converted, Unconverted, Skipped, NeedsReview),
      pre: (book) => book,
      post: (book, { offered, isStored, failed }) => {
        if (failed) return stopped('check', book, failed)
        if (!offered) return Unconverted(book)
        return isStored ? Skipped({ ...book, etag: offered.etag }) : Converted({ ...book, offered })
      },
      failed: failing('check'),
    },
  )
