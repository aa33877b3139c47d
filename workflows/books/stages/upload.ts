import { type Infer, type WorkContext, worker, wrapped } from 'pipewright'
import type * as z from 'zod'
import type { BookContext } from '../context.ts'
import { stagingOf } from '../staging.ts'
import type { StoredFile } from '../states/book.ts'
import { Modified, ModifiedFields } from '../states/modified.ts'
import { Uploaded, UploadedFields } from '../states/uploaded.ts'
import type { Upload } from '../storage/storage.ts'
import { keyOf, rememberVersion } from '../storage/version.ts'
import { sweeping } from '../sweep.ts'
import { failing } from './failing.ts'
import { onDisk } from './on-disk.ts'
import { type Tuning, tuned } from './tuning.ts'

const Result = UploadedFields.pick({ stored: true, stored_at: true })

const defaults = { concurrency: 4, timeoutMs: 3_600_000 }

async function upload(
  book: Infer<typeof ModifiedFields>,
  ctx: BookContext & WorkContext,
): Promise<z.infer<typeof Result>> {
  const { signal } = ctx
  const staging = stagingOf(ctx, book)
  await staging.remove(book.unpacked.path)
  const storage = ctx.storage(book.done_bucket)
  const { tarball, ocr, metadata } = book.outputs
  const files = [
    [`${book.barcode}.tar.gz`, tarball],
    [`${book.barcode}_ocr.jsonl.gz`, ocr],
    ...(metadata ? [[`${book.barcode}_metadata.json`, metadata] as const] : []),
  ] as const
  const about = { etag: book.archive.etag, date: book.archive.date }
  const { barcode, done_bucket: bucket } = book
  const version = tarball.sha256
  const stored: StoredFile[] = []
  const uploads = new Map<string, Upload>()
  for (const [name, file] of files) {
    const { bytes, sha256 } = file
    const key = keyOf(barcode, version, name)
    uploads.set(key, { file: await staging.existing(file), bytes, sha256, metadata: about, signal })
    stored.push({ key, bytes, sha256 })
  }
  // A storage that lets nothing be removed would keep what is turned down, and every earlier version.
  await storage.remove(keyOf(barcode, version, 'may-be-removed'))
  await rememberVersion(ctx, staging.absolute(barcode), { barcode, bucket, version })
  let there = 0
  for (const [key, each] of uploads) {
    await storage.put(key, each)
    ctx.progress(++there / files.length, key)
  }
  ctx.log.info('Stored.')
  return { stored, stored_at: new Date().toISOString() }
}

/** Puts the results into storage, which verifies them by size and hash. */
export const makeUpload = (tuning: Tuning = {}) =>
  wrapped(
    worker({
      input: ModifiedFields,
      output: Result,
      process: onDisk(sweeping(upload)),
      ...tuned(defaults, tuning),
    }),
    {
      input: Modified,
      output: Uploaded,
      pre: (book) => book,
      post: (book, result) => Uploaded({ ...book, ...result }),
      failed: failing('upload'),
    },
  )
