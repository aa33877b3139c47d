import type { WorkContext } from 'pipewright'
import type { BookContext } from '../context.ts'
import { Defect } from '../defect.ts'
import type { Asking } from '../grin/asking.ts'
import type { Grin } from '../grin/grin.ts'
import { GrinClosed } from '../grin/troubles.ts'
import { grin as gate } from './gates.ts'

/** What a stage that asks GRIN is given. */
export type GrinContext = BookContext & WorkContext

/**
 * Does the work of a stage that asks GRIN. If a request fails because GRIN answers nothing at all, the gate of all requests closes, and no
 * book is to blame.
 */
export function askingGrin<B, Result>(
  process: (book: B, ctx: GrinContext) => Promise<Result>,
): (book: B, ctx: GrinContext) => Promise<Result> {
  return async (book, ctx) => {
    try {
      return await process(book, ctx)
    } catch (error) {
      const isTrouble = error instanceof Defect && error.kind === 'GRINError'
      if (!isTrouble || !ctx.grin) throw error
      const askedAt = ctx.now()
      const isBack = await ctx.grin.answers(askingOf(ctx))
      if (isBack && ctx.now() - askedAt < waitedMs) throw error
      const sentence = `GRIN is out of order: ${error.message}`
      throw new GrinClosed(sentence, { cause: error, ...(isBack && { forMs: backInMs }) })
    }
  }
}

/** A second request that has waited so long has waited at the gate, closed since GRIN was out of order: that it answers again says nothing of before. */
const waitedMs = 60_000
const backInMs = 1000

/** How a stage that only asks is driven: five attempts, from a second to ten minutes apart. */
export const askingDefaults = {
  concurrency: 2,
  timeoutMs: 900_000,
  retry: { attempts: 5, minMs: 1000, maxMs: 600_000 },
}

/** How a stage makes its requests. */
export function askingOf({ signal, pass }: Pick<WorkContext, 'signal' | 'pass'>): Asking {
  return { signal, pass: () => pass(gate) }
}

/** How a stage that stands behind the gate makes its requests: the lease has paid for the first. */
export function askingBehind(ctx: Pick<WorkContext, 'signal' | 'pass'>): Asking {
  const { signal, pass } = askingOf(ctx)
  let isPaid = true
  return {
    signal,
    async pass() {
      if (!isPaid) return pass()
      isPaid = false
    },
  }
}

/** The GRIN of the app; a `Defect` if it has none. */
export function grinOf({ grin }: Pick<BookContext, 'grin'>): Grin {
  if (grin) return grin
  throw new Defect('Unavailable', 'The app has no GRIN to ask; it takes books from a folder.')
}
