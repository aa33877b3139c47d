import { type Infer, type WorkContext, worker, wrapped } from 'pipewright'
import type * as z from 'zod'
import { archiveNameOf } from '../barcode.ts'
import type { BookContext } from '../context.ts'
import { refuseStranger, stagingOf } from '../staging.ts'
import { Archive } from '../states/book.ts'
import { Converted, ConvertedFields } from '../states/converted.ts'
import { Downloaded } from '../states/downloaded.ts'
import { removeUnused } from '../storage/version.ts'
import { sweeping } from '../sweep.ts'
import { failing } from './failing.ts'
import { type Tuning, tuned } from './tuning.ts'

const defaults = { concurrency: 4, timeoutMs: 3_600_000 }

async function download(
  book: Infer<typeof ConvertedFields>,
  ctx: BookContext & WorkContext,
): Promise<z.infer<typeof Archive>> {
  const { signal } = ctx
  refuseStranger(ctx, book)
  const staging = stagingOf(ctx, book)
  // Files that are there are of an earlier start.
  await removeUnused(ctx, staging.absolute(book.barcode), book.barcode)
  await staging.clear()
  const path = staging.path(archiveNameOf(book.barcode))
  const progress = (fraction: number) => ctx.progress(fraction)
  const target = staging.absolute(path)
  const fetched = await ctx.source.fetch(book.barcode, { target, signal, progress })
  ctx.log.info('Downloaded.')
  return { path, ...fetched }
}

/** Fetches the encrypted archive from the source into the processing bucket. */
export const makeDownload = (tuning: Tuning = {}) =>
  wrapped(
    worker({
      input: ConvertedFields,
      output: Archive,
      process: sweeping(download),
      ...tuned(defaults, tuning),
    }),
    {
      input: Converted,
      output: Downloaded,
      pre: (book) => book,
      post: (book, archive) => Downloaded({ ...book, archive }),
      failed: failing('download'),
    },
  )
