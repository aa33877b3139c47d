/** How a TIFF is written. */
export interface TiffForm {
  readonly isBigEndian?: boolean
  /** With offsets of 8 bytes. */
  readonly isBig?: boolean
  readonly isTiled?: boolean
  /** What is stored, a strip or tile each. */
  readonly parts?: readonly Buffer[]
  /** Other values of tags, by their numbers; undefined leaves one out. */
  readonly tags?: Readonly<Record<number, readonly number[] | undefined>>
  /** Where the next directory is said to be; 0, as after the last, by default. */
  readonly next?: number
}

/** A small TIFF: its header, its parts, what does not fit into its directory, and its directory. */
export function tiff({
  isBigEndian,
  isBig,
  isTiled,
  parts = [Buffer.alloc(20, 1)],
  ...told
}: TiffForm = {}): Buffer {
  const width = isBig ? 8 : 4
  const number = (value: number, bytes: number) => {
    const written = Buffer.alloc(bytes)
    if (bytes === 8)
      isBigEndian ? written.writeBigUInt64BE(BigInt(value)) : written.writeBigUInt64LE(BigInt(value))
    else isBigEndian ? written.writeUIntBE(value, 0, bytes) : written.writeUIntLE(value, 0, bytes)
    return written
  }
  const headerBytes = isBig ? 16 : 8
  const offsets = parts.map((_, n) => headerBytes + Buffer.concat(parts.slice(0, n)).length)
  const tags: Record<number, readonly number[] | undefined> = {
    256: [100],
    257: [50],
    [isTiled ? 324 : 273]: offsets,
    [isTiled ? 325 : 279]: parts.map(({ length }) => length),
    ...told.tags,
  }
  const body = [...parts]
  let at = headerBytes + Buffer.concat(parts).length
  const entries = Object.entries(tags).flatMap(([tag, values]) => {
    if (!values) return []
    const bytes = Buffer.concat(values.map((value) => number(value, 4)))
    const inline = Buffer.alloc(width)
    if (bytes.length <= width) bytes.copy(inline)
    else {
      number(at, width).copy(inline)
      body.push(bytes)
      at += bytes.length
    }
    return [Buffer.concat([number(Number(tag), 2), number(4, 2), number(values.length, width), inline])]
  })
  const order = isBigEndian ? 'MM' : 'II'
  const start = isBig
    ? [number(43, 2), number(8, 2), number(0, 2), number(at, 8)]
    : [number(42, 2), number(at, 4)]
  const count = number(entries.length, isBig ? 8 : 2)
  return Buffer.concat([
    Buffer.from(order),
    ...start,
    ...body,
    count,
    ...entries,
    number(told.next ?? 0, width),
  ])
}

/** A box of a JP2. */
export function box(type: string, content: Buffer, length = content.length + 8): Buffer {
  const start = Buffer.alloc(8)
  start.writeUInt32BE(length)
  start.write(type, 4, 'latin1')
  return Buffer.concat([start, content])
}

/** The boxes of a small JP2. */
export const jp2Boxes = {
  signature: box('jP  ', Buffer.from('0d0a870a', 'hex')),
  type: box('ftyp', Buffer.from('jp2 \0\0\0\0jp2 ', 'latin1')),
  header: box('jp2h', box('ihdr', Buffer.from('000000320000006400010707' + '0000', 'hex'))),
  codestream: box('jp2c', Buffer.from('ff4fff51002900000000ffd9', 'hex')),
}

/** A small JP2. */
export const jp2 = Buffer.concat(Object.values(jp2Boxes))

/** The hOCR of a page with some words on it. */
export function hocr(words: string): Buffer {
  return Buffer.from(
    `<html><head><title></title></head><body><div class="ocr_page" title="bbox 0 0 100 50"><p>${words}</p></div></body></html>\n`,
  )
}
