import type { WorkContext } from 'pipewright'

/** `process`, which then tells the log that it is `done`, or why not: what somebody who watches wants to read. */
export function telling<Book, Ctx, Result>(
  done: string,
  process: (book: Book, ctx: Ctx & WorkContext) => Promise<Result>,
): (book: Book, ctx: Ctx & WorkContext) => Promise<Result> {
  return async (book, ctx) => {
    try {
      const result = await process(book, ctx)
      ctx.log.info(done)
      return result
    } catch (error) {
      if (!ctx.signal.aborted) ctx.log.warn(error instanceof Error ? error.message : String(error))
      throw error
    }
  }
}
