import { z } from 'zod'

/** A book's barcode: 3 to 50 of letters, digits, `_` and `-`; always a string, for leading zeros count. */
export const Barcode = z
  .string()
  .regex(/^[A-Za-z0-9_-]{3,50}$/, 'A barcode is 3 to 50 of A-Z, a-z, 0-9, _ and -.')

const archiveSuffix = '.tar.gz.gpg'

/** The name of a book's encrypted archive, as Google names it. */
export function archiveNameOf(barcode: string): string {
  return `${barcode}${archiveSuffix}`
}

/** The barcode in the name of an encrypted archive; undefined for any other file. */
export function barcodeOfArchive(name: string): string | undefined {
  if (!name.endsWith(archiveSuffix)) return undefined
  return Barcode.safeParse(name.slice(0, -archiveSuffix.length)).data
}
