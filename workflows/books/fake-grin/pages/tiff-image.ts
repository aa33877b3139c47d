import type { Content } from '../archive/content.ts'
import { noise } from '../random.ts'

/** Pixels of a row; a pixel is a byte. */
const width = 256
const short = 3
const long = 4

/** A gray TIFF of at most so many bytes (but one row at least), full of noise. */
export function tiffImage(key: Buffer, bytes: number): Content {
  const entries = 9
  const start = 8 + 2 + entries * 12 + 4
  const rows = Math.max(1, Math.floor((bytes - start) / width))
  const head = Buffer.alloc(start)
  head.write('II*\0', 'latin1')
  head.writeUInt32LE(8, 4)
  head.writeUInt16LE(entries, 8)
  const tags = [
    [256, long, width],
    [257, long, rows],
    // Bits of a pixel; not compressed; 0 is black.
    [258, short, 8],
    [259, short, 1],
    [262, short, 1],
    // One strip: where it is, samples of a pixel, its rows and its bytes.
    [273, long, start],
    [277, short, 1],
    [278, long, rows],
    [279, long, rows * width],
  ] as const
  for (const [index, [tag, type, value]] of tags.entries()) {
    const at = 10 + index * 12
    head.writeUInt16LE(tag, at)
    head.writeUInt16LE(type, at + 2)
    head.writeUInt32LE(1, at + 4)
    head.writeUInt32LE(value, at + 8)
  }
  return {
    bytes: start + rows * width,
    *chunks() {
      yield head
      yield* noise(key, rows * width)
    },
  }
}
