import { isNativeError } from 'node:util/types'
import type { WorkContext } from 'pipewright'
import type { BookContext } from '../context.ts'
import { GateClosed } from '../gate-closed.ts'
import { diskGateName } from './gates.ts'

/** No book can be written for now: the disk, and no book, is to blame. */
class DiskClosed extends GateClosed {
  override readonly name = 'DiskClosed'

  constructor(cause: Error, forMs: number) {
    super(diskGateName, forMs, cause.message, cause)
  }
}

/** What a person has to do something about, and what can be done about it while books wait. */
const waitsFor = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])

/**
 * Does the work of a stage that writes files. If a disk takes no more, the book waits, uncharged, and no other one is downloaded
 * meanwhile.
 */
export function onDisk<B, Ctx extends BookContext & WorkContext, Result>(
  process: (book: B, ctx: Ctx) => Promise<Result>,
): (book: B, ctx: Ctx) => Promise<Result> {
  return async (book, ctx) => {
    try {
      return await process(book, ctx)
    } catch (error) {
      const isFull = isNativeError(error) && 'code' in error && waitsFor.has(String(error.code))
      throw isFull ? new DiskClosed(error, ctx.diskRestMs) : error
    }
  }
}
