/*
 * Rows of a CSV file as bytes. A row begins after a line end that is not within quotes, and its own line end belongs to
 * it. Quotes within quotes are doubled, so that each quote opens or closes. Its key is its first field.
 */

/** Where a row is in its file: offset and length in bytes. */
export interface RowPlace {
  readonly at: number
  readonly length: number
}

const quote = 0x22
const lineEnd = 0x0a
const comma = 0x2c

/** Where the whole rows of some bytes, which begin with a row, end. Asks the buffer, which searches faster than a loop. */
export function rowEnds(bytes: Buffer): number[] {
  const ends: number[] = []
  let isQuoted = false
  let mark = bytes.indexOf(quote)
  for (let at = bytes.indexOf(lineEnd); at >= 0; at = bytes.indexOf(lineEnd, at + 1)) {
    for (; mark >= 0 && mark < at; mark = bytes.indexOf(quote, mark + 1)) isQuoted = !isQuoted
    if (!isQuoted) ends.push(at + 1)
  }
  return ends
}

/** The key of the row that begins at `at`: without quotes, as a barcode is written. */
export function keyAt(bytes: Buffer, at: number): string {
  const start = bytes[at] === quote ? at + 1 : at
  const end = bytes.indexOf(start === at ? comma : quote, start)
  return bytes.toString('latin1', start, end < 0 ? bytes.length : end)
}

/** Whether the row that begins at `at` has that key. */
export function hasKey(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  const start = bytes[at] === quote ? at + 1 : at
  for (let n = 0; n < key.length; n++) if (bytes[start + n] !== key[n]) return false
  return bytes[start + key.length] === (start === at ? comma : quote)
}

/** A row made so many bytes long, its line end included, by blanks at the end of its last field. */
export function padRow(row: Buffer, length: number): Buffer {
  const end = /\r?\n$/.exec(row.toString('latin1', Math.max(0, row.length - 2)))?.[0].length ?? 0
  const fields = row.subarray(0, row.length - end)
  const isQuoted = fields.at(-1) === quote
  const last = isQuoted ? fields.length - 1 : fields.length
  const padding = Buffer.alloc(length - fields.length - 2, ' ')
  return Buffer.concat([fields.subarray(0, last), padding, fields.subarray(last), Buffer.from('\r\n')])
}
