import type { Content } from '../archive/content.ts'
import { noise } from '../random.ts'

const width = 1024
const height = 1024
/** A box of this kind is for what a reader need not know. */
const uuidBytes = 16

/** A JP2 of at most so many bytes (but as many as it needs): an evenly gray image, and a box of noise that readers skip. */
export function jp2Image(key: Buffer, bytes: number): Content {
  const start = Buffer.concat([
    box('jP  ', Buffer.from('0d0a870a', 'hex')),
    box('ftyp', Buffer.concat([Buffer.from('jp2 '), Buffer.alloc(4), Buffer.from('jp2 ')])),
    box('jp2h', Buffer.concat([imageHeader(), grayScale()])),
  ])
  const image = box('jp2c', codestream())
  const filling = Math.max(0, bytes - start.length - image.length - 8 - uuidBytes)
  const paddingHead = Buffer.concat([boxHead('uuid', uuidBytes + filling), key.subarray(0, uuidBytes)])
  return {
    bytes: start.length + paddingHead.length + filling + image.length,
    *chunks() {
      yield start
      yield paddingHead
      yield* noise(key, filling)
      yield image
    },
  }
}

function box(type: string, content: Buffer): Buffer {
  return Buffer.concat([boxHead(type, content.length), content])
}

function boxHead(type: string, contentBytes: number): Buffer {
  return Buffer.concat([numbers([8 + contentBytes, 4]), Buffer.from(type, 'latin1')])
}

/** Height, width, one component of 8 bits, by wavelets, of a known colour space. */
function imageHeader(): Buffer {
  return box('ihdr', numbers([height, 4], [width, 4], [1, 2], [7, 1], [7, 1], [0, 1], [0, 1]))
}

function grayScale(): Buffer {
  return box('colr', numbers([1, 1], [0, 1], [0, 1], [17, 4]))
}

/** One tile, one layer, no decomposition: one packet, which is empty, so that all is gray (ITU-T T.800, annexes A and B). */
function codestream(): Buffer {
  const size = numbers([0, 2], [width, 4], [height, 4], [0, 4], [0, 4], [width, 4], [height, 4])
  const tiles = numbers([0, 4], [0, 4], [1, 2], [7, 1], [1, 1], [1, 1])
  return Buffer.concat([
    numbers([0xff4f, 2]),
    marker(0xff51, Buffer.concat([size, tiles])),
    marker(0xff52, numbers([0, 1], [0, 1], [1, 2], [0, 1], [0, 1], [4, 1], [4, 1], [0, 1], [1, 1])),
    marker(0xff5c, numbers([0x40, 1], [0x40, 1])),
    // From here, a tile of 15 bytes.
    marker(0xff90, numbers([0, 2], [15, 4], [0, 1], [1, 1])),
    numbers([0xff93, 2], [0, 1]),
    numbers([0xffd9, 2]),
  ])
}

function marker(code: number, content: Buffer): Buffer {
  return Buffer.concat([numbers([code, 2], [2 + content.length, 2]), content])
}

/** Numbers with how many bytes each has, the first of which counts most. */
function numbers(...fields: readonly (readonly [number, number])[]): Buffer {
  const bytes = Buffer.alloc(fields.reduce((sum, [, length]) => sum + length, 0))
  let at = 0
  for (const [value, length] of fields) at = bytes.writeUIntBE(value, at, length)
  return bytes
}
