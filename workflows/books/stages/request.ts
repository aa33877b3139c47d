import { type Infer, oneOf, worker, wrapped } from 'pipewright'
import * as z from 'zod'
import { Defect } from '../defect.ts'
import { GrinClosed, QueueFull } from '../grin/troubles.ts'
import { refuseStranger } from '../staging.ts'
import { Book } from '../states/book.ts'
import { Converted } from '../states/converted.ts'
import { Converting } from '../states/converting.ts'
import { Unconverted } from '../states/unconverted.ts'
import { askingBehind, askingGrin, type GrinContext, grinOf } from './asking-grin.ts'
import { failing } from './failing.ts'
import { breaker, conversions, grin } from './gates.ts'
import { type Tuning, tuned } from './tuning.ts'

const defaults = { concurrency: 2, timeoutMs: 900_000, retry: { attempts: 5, minMs: 1000, maxMs: 600_000 } }

/** For how long no conversion is asked for when GRIN's queue is full, in milliseconds. */
const fullForMs = 15 * 60_000

/** When it was asked for, as an ISO time; null if it is converted already. */
const Asked = z.string().nullable()

async function request(book: Infer<typeof Book>, ctx: GrinContext): Promise<string | null> {
  refuseStranger(ctx, book)
  const requested = await grinOf(ctx)
    .request(book.barcode, askingBehind(ctx))
    .catch((error) => Promise.reject(error instanceof QueueFull ? closing(error) : error))
  switch (requested.kind) {
    case 'queued':
    case 'already queued':
      ctx.log.info('Its conversion is asked for.')
      return new Date(ctx.now()).toISOString()
    case 'available':
      return null
    case 'refused':
      throw new Defect('Unavailable', `GRIN will not convert ${book.barcode}: ${requested.status}`, {
        actual: requested.status,
      })
  }
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
      limit: { breaker },
      behind: [grin, { gate: conversions, until: 'leave' }],
      ...tuned(defaults, tuning),
    }),
    {
      input: Unconverted,
      output: oneOf(Converted, Converting),
      pre: (book) => book,
      post: (book, at) => (at === null ? Converted(book) : Converting({ ...book, requested_at: at })),
      failed: failing('request'),
    },
  )
