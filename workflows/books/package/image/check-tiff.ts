/*
 * Whether a TIFF can be whole, by its structure alone: "TIFF Revision 6.0" (Adobe, 1992), section 2, and "BigTIFF" as
 * libtiff documents it. A header leads to a chain of directories; a directory lists tags, and those of an image say
 * where its strips or tiles are. Nothing is decoded.
 */
import { type ImageBytes, ImageFault } from './image-bytes.ts'
import { makeNumberReader, type NumberReader } from './read-number.ts'

const width = 256
const height = 257
/** What an image is stored in: the tags of the offsets of its parts, and of their lengths. */
const stores = [
  { part: 'strip', offsets: 273, lengths: 279 },
  { part: 'tile', offsets: 324, lengths: 325 },
] as const
const wanted = [width, height, ...stores.flatMap(({ offsets, lengths }) => [offsets, lengths])]
/** Bytes of a value, by its type: SHORT, LONG, LONG8. */
const widths: Readonly<Record<number, 2 | 4 | 8>> = { 3: 2, 4: 4, 16: 8 }
const maxDirectories = 100
/** Offsets and lengths of parts, in all directories; an image of a strip for each row has some thousands. */
const maxValues = 1_000_000

/** How the numbers of a file are stored: 4 bytes for an offset, or 8 in a BigTIFF. */
interface Layout {
  readonly number: NumberReader
  readonly offsetBytes: 4 | 8
  /** Bytes that count the tags of a directory. */
  readonly countBytes: 2 | 8
}

/** Throws an `ImageFault` when the TIFF cannot be whole. */
export function checkTiff(file: ImageBytes): void {
  const layout = layoutOf(file.read(0, 8))
  const { number, offsetBytes } = layout
  const seen = new Set<number>()
  let values = 0
  let next = number(file.read(offsetBytes, offsetBytes), 0, offsetBytes)
  do {
    if (next < 8 || next >= file.size) throw new ImageFault('a directory lies beyond its end')
    if (seen.has(next) || seen.size >= maxDirectories)
      throw new ImageFault('its directories go on without end')
    seen.add(next)
    const directory = readDirectory(file, next, layout)
    for (const { count } of directory.tags.values()) values += count
    if (values > maxValues) throw new ImageFault(`it has more than ${maxValues} parts`)
    // What is not the first may be anything, as a small picture of it.
    checkParts(file, directory.tags, { layout, isPage: seen.size === 1 })
    next = directory.next
  } while (next !== 0)
}

function layoutOf(header: Buffer): Layout {
  const number = makeNumberReader(header.toString('latin1', 0, 2) === 'MM')
  if (number(header, 2, 2) === 42) return { number, offsetBytes: 4, countBytes: 2 }
  if (number(header, 4, 2) !== 8) throw new ImageFault('its header makes no sense')
  return { number, offsetBytes: 8, countBytes: 8 }
}

/** A tag of a directory: where its values are in the file. */
interface Tag {
  readonly type: number
  readonly count: number
  readonly at: number
}

interface Directory {
  readonly tags: ReadonlyMap<number, Tag>
  /** Where the next one is; 0 after the last. */
  readonly next: number
}

function readDirectory(file: ImageBytes, at: number, { number, offsetBytes, countBytes }: Layout): Directory {
  const count = number(file.read(at, countBytes), 0, countBytes)
  const tagBytes = 4 + 2 * offsetBytes
  if (count === 0 || count > 65_535) throw new ImageFault('a directory makes no sense')
  const start = at + countBytes
  const bytes = file.read(start, count * tagBytes + offsetBytes)
  const tags = new Map<number, Tag>()
  for (let entry = 0; entry < count * tagBytes; entry += tagBytes) {
    const tag = number(bytes, entry, 2)
    if (!wanted.includes(tag)) continue
    const type = number(bytes, entry + 2, 2)
    const values = number(bytes, entry + 4, offsetBytes)
    const place = entry + 4 + offsetBytes
    const isInline = values * (widths[type] ?? 1) <= offsetBytes
    tags.set(tag, { type, count: values, at: isInline ? start + place : number(bytes, place, offsetBytes) })
  }
  return { tags, next: number(bytes, count * tagBytes, offsetBytes) }
}

interface Checking {
  readonly layout: Layout
  readonly isPage: boolean
}

function checkParts(file: ImageBytes, tags: Directory['tags'], { layout, isPage }: Checking): void {
  const valuesOf = (tag: number) => readValues(file, tags.get(tag), layout)
  if (isPage && !((valuesOf(width)[0] ?? 0) > 0 && (valuesOf(height)[0] ?? 0) > 0))
    throw new ImageFault('it has no width or no height')
  const store = stores.find(({ offsets }) => (tags.get(offsets)?.count ?? 0) > 0)
  if (!store) {
    if (isPage) throw new ImageFault('it has no strips and no tiles')
    return
  }
  const offsets = valuesOf(store.offsets)
  const lengths = valuesOf(store.lengths)
  if (lengths.length !== offsets.length) throw new ImageFault(`the length of a ${store.part} is missing`)
  for (const [index, offset] of offsets.entries()) {
    const length = lengths[index] ?? 0
    if (length === 0) throw new ImageFault(`its ${store.part} ${index + 1} is empty`)
    if (offset < 8 || offset + length > file.size)
      throw new ImageFault(`its ${store.part} ${index + 1} lies beyond its end`)
  }
}

function readValues(file: ImageBytes, tag: Tag | undefined, { number }: Layout): number[] {
  if (!tag) return []
  const bytes = widths[tag.type]
  if (bytes === undefined) throw new ImageFault('a directory makes no sense')
  const values = file.read(tag.at, tag.count * bytes)
  return Array.from({ length: tag.count }, (_, index) => number(values, index * bytes, bytes))
}
