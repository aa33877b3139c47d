import { type Infer, oneOf, worker, wrapped } from 'pipewright'
import * as z from 'zod'
import { Defect } from '../defect.ts'
import { GrinClosed, QueueFull } from '../grin/troubles.ts'
import { refuseStranger } from '../staging.ts'
import { Book } from '../states/book.ts'
import { Converting } from '../states/converting.ts'
import { NeedsReview } from '../states/needs-review.ts'
import { Unconverted } from '../states/unconverted.ts'
import { Wanted } from '../states/wanted.ts'
import { askingBehind, askingDefaults, askingGrin, type GrinContext, grinOf } from './asking-grin.ts'
import { failing, Stopping, stopped, stopping } from './failing.ts'
import { conversions, grin } from './gates.ts'
import { type Tuning, tuned } from './tuning.ts'

/**
 * While GRIN's queue is full a book may ask hundreds of times in one stay, uncharged, and of so many requests some fail for no reason of
 * its own: more of them than of a stage that asks once.
 */
const defaults = { ...askingDefaults, retry: { ...askingDefaults.retry, attempts: 20 } }

/** For how long no conversion is asked for when GRIN's queue is full, in milliseconds. */
const fullForMs = 15 * 60_000

/** When it was asked for, as an ISO time; that it is converted already; or why it will not be. */
const Asked = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('asked'), at: z.string() }),
  z.object({ kind: z.literal('there') }),
  z.object({ kind: z.literal('refused'), why: Stopping }),
])
type Asked = z.infer<typeof Asked>

async function request(book: Infer<typeof Book>, ctx: GrinContext): Promise<Asked> {
  refuseStranger(ctx, book)
  const requested = await grinOf(ctx)
    .request(book.barcode, askingBehind(ctx))
    .catch((error) => Promise.reject(error instanceof QueueFull ? closing(error) : error))
  switch (requested.kind) {
    case 'queued':
    case 'already queued':
      ctx.log.info('Its conversion is asked for.')
      return { kind: 'asked', at: new Date(ctx.now()).toISOString() }
    case 'available':
      return { kind: 'there' }
    case 'refused':
      return { kind: 'refused', why: stopping(unavailable(book.barcode, requested.status)) }
  }
}

function unavailable(barcode: string, status: string): Defect {
  return new Defect('Unavailable', `GRIN will not convert ${barcode}: ${status}`, { actual: status })
}

function closing(cause: QueueFull): GrinClosed {
  return new GrinClosed(cause.message, { gate: conversions.name, forMs: fullForMs, cause })
}

/** Asks GRIN to convert a book. */
export const makeRequest = (tuning: Tuning = {}) =>
  wrapped(
    worker({
      input: Book,
      output: Asked,
      process: askingGrin(request),
      behind: [grin, { gate: conversions, until: 'leave' }],
      ...tuned(defaults, tuning),
    }),
    {
      input: Unconverted,
      output: oneOf(Wanted, Converting, NeedsReview),
      pre: (book) => book,
      post: (book, asked) => {
        switch (asked.kind) {
          case 'asked':
            return Converting({ ...book, requested_at: asked.at })
          case 'there':
            return Wanted(book)
          case 'refused':
            return stopped('request', book, asked.why)
        }
      },
      failed: failing('request'),
    },
  )
