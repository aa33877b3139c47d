import { randomBytes } from 'node:crypto'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { WorkContext } from 'pipewright'
import { Barcode } from './barcode.ts'
import type { BookContext } from './context.ts'
import type { Book } from './states/book.ts'
import { removeUnused, type StoredContext } from './storage/version.ts'

/*
 * A book that is cancelled leaves its files behind. They are removed when the worker that had it has stopped, and, of
 * books that waited, when a process starts; and so is what they have put into storage, if it does not count.
 *
 * What a living token needs is never removed, also where a token of the same barcode enters meanwhile: the folder is
 * put aside first, and goes back if its book is there again. Should its download have begun in that moment, it fails
 * once, and is tried again. A folder of which no token has ever been known is left alone.
 */

/** The name of a folder that was put aside: that of its book, and a number. */
const asidePattern = /\.[0-9a-f]{12}\.left$/

/** What of a context is needed to sweep. */
export type Sweeping = Pick<BookContext, 'hasLeft'> & StoredContext

/** Does the work of a stage; if that was stopped since the book was cancelled, removes its files. */
export function sweeping<B extends Book, Ctx extends BookContext & WorkContext, Result>(
  process: (book: B, ctx: Ctx) => Promise<Result>,
): (book: B, ctx: Ctx) => Promise<Result> {
  return async (book, ctx) => {
    try {
      return await process(book, ctx)
    } finally {
      if (ctx.signal.aborted) await sweepBook(ctx, ctx.processing(book.processing_bucket), book.barcode)
    }
  }
}

/** Removes what books that have left have in the folder of a processing bucket; their barcodes. */
export async function sweepBucket(ctx: Sweeping, folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const swept: string[] = []
  for (const name of names) {
    if (asidePattern.test(name)) await endSweep(ctx, folder, name)
    else if (Barcode.safeParse(name).success && (await sweepBook(ctx, folder, name))) swept.push(name)
  }
  return swept
}

async function sweepBook(ctx: Sweeping, folder: string, barcode: string): Promise<boolean> {
  if (!(await ctx.hasLeft(barcode))) return false
  const staged = join(folder, barcode)
  const aside = `${staged}.${randomBytes(6).toString('hex')}.left`
  try {
    await rename(staged, aside)
  } catch (error) {
    // Another process was faster, or nothing is left.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
  return removeOrPutBack(ctx, { barcode, staged, aside })
}

/** Ends what another process has begun, or is at: it may be dead. A folder that is aside has a book that was there before. */
async function endSweep(ctx: Sweeping, folder: string, name: string): Promise<void> {
  const barcode = name.replace(asidePattern, '')
  const staged = join(folder, barcode)
  await removeOrPutBack(ctx, { barcode, staged, aside: join(folder, name) })
}

/** Whether it was removed. */
async function removeOrPutBack(
  ctx: Sweeping,
  { barcode, staged, aside }: { readonly barcode: string; readonly staged: string; readonly aside: string },
): Promise<boolean> {
  const isBack = !(await ctx.hasLeft(barcode))
  if (isBack && (await isPutBack(aside, staged))) return false
  // Of a book that is back, and has begun anew, the new version may be the same.
  if (!isBack) await removeUnused(ctx, aside, barcode)
  await rm(aside, { recursive: true, force: true })
  return !isBack
}

/** False where its download has begun anew. */
async function isPutBack(aside: string, staged: string): Promise<boolean> {
  return rename(aside, staged).then(
    () => true,
    () => false,
  )
}
