import { type Ask, tooMany } from './ask.ts'
import type { Asking } from './asking.ts'
import { drop, textOf } from './body.ts'
import { misunderstood, QueueFull, shownOfAnswer } from './troubles.ts'

/** What GRIN says to the wish to have a book converted. */
export type Requested =
  | { readonly kind: 'queued' }
  /** It has been asked for before. */
  | { readonly kind: 'already queued' }
  /** It is converted already. */
  | { readonly kind: 'available' }
  /** It will not be, for good; in GRIN's words. */
  | { readonly kind: 'refused'; readonly status: string }

/** Asks for the conversion of a book. Rejects with `QueueFull` if GRIN has accepted as many as it does. */
export async function requestConversion(ask: Ask, barcode: string, asking: Asking): Promise<Requested> {
  const what = `the request to convert ${barcode}`
  const path = `_process?barcodes=${encodeURIComponent(barcode)}`
  const answer = await ask({ path, what, mayBeFull: true }, asking)
  if (answer.statusCode === tooMany) {
    await drop(answer)
    throw new QueueFull('The queue of conversions at GRIN is full.')
  }
  const text = await textOf(answer, { what, signal: asking.signal }, shownOfAnswer)
  const line = text.split(/\r?\n/).find((each) => each.split('\t')[0] === barcode)
  const status = line?.split('\t')[1]?.trim()
  if (answer.statusCode !== 200 || !status) throw misunderstood(what, text)
  return understood(status)
}

function understood(status: string): Requested {
  if (/^success$/i.test(status)) return { kind: 'queued' }
  if (/already/i.test(status)) {
    if (/available for download/i.test(status)) return { kind: 'available' }
    if (/process/i.test(status)) return { kind: 'already queued' }
  }
  return { kind: 'refused', status }
}
