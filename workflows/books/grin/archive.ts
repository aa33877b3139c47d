import { archiveNameOf } from '../barcode.ts'
import { Defect } from '../defect.ts'
import type { Ask } from './ask.ts'
import type { Asking } from './asking.ts'
import { type Answer, bodyOf, drop } from './body.ts'

/** A version of a book's archive at GRIN. */
export interface Offered {
  /** As GRIN has it, without its quotes. */
  readonly etag: string
  readonly bytes: number
  /** When it was made, as an ISO time; undefined where GRIN does not say it. */
  readonly date: string | undefined
}

/** What GRIN offers of a book now; undefined if nothing: it is not converted, or not any more. */
export async function look(ask: Ask, barcode: string, asking: Asking): Promise<Offered | undefined> {
  const answer = await ask({ ...archiveAt(barcode), method: 'HEAD' }, asking)
  await drop(answer)
  return answer.statusCode === 404 ? undefined : offeredIn(answer, barcode)
}

/** A download that has begun. */
export interface Begun extends Offered {
  /** The first byte that comes: 0, or where it goes on. */
  readonly from: number
  /** Rejects with `GRINError` if it is cut short. */
  readonly body: AsyncIterable<Uint8Array>
  /** Ends it before its end. */
  readonly leave: () => void
}

/**
 * Begins to download a book, and goes on where `had`, a version of it, ends if that is still the one which GRIN offers. Undefined
 * if GRIN offers none.
 */
export async function begin(
  ask: Ask,
  barcode: string,
  { had, ...asking }: Asking & { readonly had?: { readonly etag: string; readonly bytes: number } },
): Promise<Begun | undefined> {
  const resumes = had !== undefined && had.bytes > 0 && isStrong(had.etag)
  const headers = resumes ? { range: `bytes=${had.bytes}-`, 'if-range': `"${had.etag}"` } : {}
  const answer = await ask({ ...archiveAt(barcode), headers }, asking)
  if (answer.statusCode === 404) {
    await drop(answer)
    return undefined
  }
  if (answer.statusCode === 416 && resumes) {
    // What is here is all of it, or more than there is: seen from the beginning, it will show.
    await drop(answer)
    return begin(ask, barcode, asking)
  }
  const part = answer.statusCode === 206 ? partIn(answer, barcode) : undefined
  if (part && part.from !== had?.bytes) throw odd(barcode, 'Content-Range', part.from, had?.bytes ?? 0)
  return {
    ...offeredIn(answer, barcode, part?.of),
    from: part?.from ?? 0,
    body: bodyOf(answer, { what: archiveAt(barcode).what, signal: asking.signal }),
    leave: () => answer.body.destroy(),
  }
}

function archiveAt(barcode: string) {
  const path = archiveNameOf(barcode)
  return { path, what: `the request for ${path}` }
}

function offeredIn({ headers }: Answer, barcode: string, whole = headers['content-length']): Offered {
  const { etag, 'last-modified': modified } = headers
  if (typeof etag !== 'string' || etag === '')
    throw odd(barcode, 'ETag', 'none', 'the version of the archive')
  const bytes = Number(whole)
  if (whole === undefined || !Number.isSafeInteger(bytes))
    throw odd(barcode, 'Content-Length', String(whole ?? 'none'), 'the size of the archive')
  const at = typeof modified === 'string' ? Date.parse(modified) : Number.NaN
  return {
    etag: etag.replaceAll('"', ''),
    bytes,
    date: Number.isNaN(at) ? undefined : new Date(at).toISOString(),
  }
}

// RFC 9110, 14.4
function partIn({ headers }: Answer, barcode: string): { readonly from: number; readonly of: string } {
  const range = String(headers['content-range'] ?? 'none')
  const [, from, of] = range.match(/^bytes (\d+)-\d+\/(\d+)$/) ?? []
  if (of === undefined) throw odd(barcode, 'Content-Range', range, 'a part of the archive')
  return { from: Number(from), of }
}

// A weak one says that two versions mean the same, not that they are the same bytes.
function isStrong(etag: string): boolean {
  return !etag.startsWith('W/')
}

function odd(barcode: string, field: string, actual: string | number, expected: string | number): Defect {
  const file = archiveNameOf(barcode)
  return new Defect('GRINError', `GRIN offers ${file} with ${field} ${actual}.`, {
    file,
    field,
    actual,
    expected,
  })
}
