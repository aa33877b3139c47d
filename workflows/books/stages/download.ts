import { type Infer, oneOf, type WorkContext, worker, wrapped } from 'pipewright'
import type * as z from 'zod'
import { archiveNameOf } from '../barcode.ts'
import type { BookContext } from '../context.ts'
import { refuseStranger, stagingOf } from '../staging.ts'
import { Archive } from '../states/book.ts'
import { Converted, ConvertedFields } from '../states/converted.ts'
import { Downloaded } from '../states/downloaded.ts'
import { Unconverted } from '../states/unconverted.ts'
import { removeUnused } from '../storage/version.ts'
import { sweeping } from '../sweep.ts'
import { askingGrin, askingOf } from './asking-grin.ts'
import { failing } from './failing.ts'
import { conversions, diskFor, grin } from './gates.ts'
import { onDisk } from './on-disk.ts'
import { type Tuning, tuned } from './tuning.ts'

const defaults = { concurrency: 4, timeoutMs: 3_600_000 }

async function download(
  book: Infer<typeof ConvertedFields>,
  ctx: BookContext & WorkContext,
): Promise<z.infer<typeof Archive> | null> {
  refuseStranger(ctx, book)
  const staging = stagingOf(ctx, book)
  // Files that are there are of an earlier start.
  await removeUnused(ctx, staging.absolute(book.barcode), book.barcode)
  const name = archiveNameOf(book.barcode)
  await staging.clear(name)
  const path = staging.path(name)
  const progress = (fraction: number) => ctx.progress(fraction)
  const target = staging.absolute(path)
  const { offered } = book
  const fetched = await ctx.source.fetch(book.barcode, { ...askingOf(ctx), target, offered, progress })
  if (!fetched) {
    ctx.log.info('Not to be had now; its conversion is asked for.')
    return null
  }
  ctx.log.info('Downloaded.')
  return { path, ...fetched }
}

/** Fetches the encrypted archive from the source into the processing bucket. */
export const makeDownload = (tuning: Tuning = {}) =>
  wrapped(
    worker({
      input: ConvertedFields,
      output: Archive.nullable(),
      process: onDisk(sweeping(askingGrin(download))),
      passes: [grin],
      behind: [diskFor],
      frees: [conversions],
      ...tuned(defaults, tuning),
    }),
    {
      input: Converted,
      output: oneOf(Downloaded, Unconverted),
      pre: (book) => book,
      post: ({ offered: _, ...book }, archive) =>
        archive ? Downloaded({ ...book, archive }) : Unconverted(book),
      failed: failing('download'),
    },
  )
