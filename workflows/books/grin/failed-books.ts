import { Defect } from '../defect.ts'
import type { Ask } from './ask.ts'
import type { Asking } from './asking.ts'
import type { ListFields } from './columns.ts'
import { rowsOf } from './lists.ts'

/** For how long a list of failed conversions is gone by, in milliseconds. */
const freshMs = 3_600_000

/** GRIN could not convert a book; in its words. */
export function conversionFailed(barcode: string, fields: ListFields<'failed'>): Defect {
  const { convert_failed_info: info, convert_failed_date: date, detailed_conversion_info: detail } = fields
  return new Defect(
    'ConversionFailed',
    `GRIN could not convert ${barcode}: ${info || 'it does not say why'}.`,
    {
      ...(date && { actual: date }),
      ...(detail && { detail }),
    },
  )
}

/**
 * Makes a function that finds a book in the list of failed conversions, and says as a `ConversionFailed` why it is there; the list is read
 * once for all that ask within an hour.
 */
export function failedBooks(
  ask: Ask,
  now: () => number,
): (barcode: string, asking: Asking) => Promise<Defect | undefined> {
  let known: { readonly at: number; readonly defects: Promise<ReadonlyMap<string, Defect>> } | undefined
  const list = (asking: Asking) => {
    if (known && now() - known.at < freshMs) return known.defects
    const defects = read(ask, asking)
    const reading = { at: now(), defects }
    known = reading
    defects.catch(() => {
      if (known === reading) known = undefined
    })
    return defects
  }
  return async (barcode, asking) => {
    // The reader whose list this is may have been stopped; that stops no other.
    const defects = await list(asking).catch(() => {
      asking.signal.throwIfAborted()
      return list(asking)
    })
    return defects.get(barcode)
  }
}

async function read(ask: Ask, asking: Asking): Promise<ReadonlyMap<string, Defect>> {
  const defects = new Map<string, Defect>()
  for await (const { barcode, fields } of rowsOf(ask, 'failed', asking))
    defects.set(barcode, conversionFailed(barcode, fields))
  return defects
}
