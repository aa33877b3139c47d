import type { PollContext, Waiter } from 'pipewright'
import { poll, wrapped } from 'pipewright'
import * as z from 'zod'
import type { BookContext } from '../context.ts'
import { Defect } from '../defect.ts'
import { conversionFailed } from '../grin/failed-books.ts'
import { Converting, ConvertingFields } from '../states/converting.ts'
import { Wanted } from '../states/wanted.ts'
import { askingOf, grinOf } from './asking-grin.ts'
import { failing } from './failing.ts'
import { grin } from './gates.ts'

const day = 24 * 3_600_000

/** How conversions are waited for, in milliseconds. */
export interface Awaiting {
  /** From one look at the lists to the next; 30 minutes by default, and not less than 15 at GRIN. */
  readonly everyMs?: number | undefined
  /** After so long a conversion is lost; 14 days by default. */
  readonly lostAfterMs?: number | undefined
  /** After so long a book that is in none of the lists is lost; a day by default. */
  readonly unlistedAfterMs?: number | undefined
}

type Book = z.infer<typeof ConvertingFields>

/** One look at GRIN's lists, for all books that wait. A book that moves from list to list meanwhile is seen in one at least. */
async function* ask(
  waiting: AsyncIterable<Waiter<Book>>,
  ctx: PollContext<BookContext>,
  unlistedAfterMs: number,
): AsyncGenerator<readonly [string, null | Error]> {
  const asked = new Map<string, number>()
  for await (const { id, value } of waiting) asked.set(id, Date.parse(value.requested_at))
  if (asked.size === 0) return
  const [client, asking] = [grinOf(ctx), askingOf(ctx)]
  const inProcess = new Set<string>()
  for await (const barcode of client.barcodes('in_process', asking))
    if (asked.has(barcode)) inProcess.add(barcode)
  for await (const barcode of client.barcodes('converted', asking))
    if (asked.delete(barcode)) yield [barcode, null]
  for await (const { barcode, fields } of client.rows('failed', asking))
    if (asked.delete(barcode)) yield [barcode, conversionFailed(barcode, fields)]
  const before = ctx.now() - unlistedAfterMs
  for (const [barcode, at] of asked)
    if (!inProcess.has(barcode) && at < before) yield [barcode, unlisted(barcode)]
}

function unlisted(barcode: string): Defect {
  return new Defect('Lost', `GRIN was asked to convert ${barcode}, and has it in none of its lists.`)
}

/** Waits for the conversions of all books with one poll. */
export const makeAwaitConversion = ({
  everyMs = 30 * 60_000,
  lostAfterMs = 14 * day,
  unlistedAfterMs = day,
}: Awaiting = {}) =>
  wrapped(
    poll({
      input: ConvertingFields,
      output: z.null(),
      everyMs,
      lostAfterMs,
      passes: [grin],
      timeoutMs: 3_600_000,
      ask: (waiting, ctx: PollContext<BookContext>) => ask(waiting, ctx, unlistedAfterMs),
    }),
    {
      input: Converting,
      output: Wanted,
      pre: (book) => book,
      // How large its archive is, only a look at it tells; for that much it asks before it is downloaded.
      post: ({ requested_at: _, ...book }) => Wanted(book),
      failed: failing('awaitConversion'),
    },
  )
