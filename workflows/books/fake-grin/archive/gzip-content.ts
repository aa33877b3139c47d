import { crc32 } from 'node:zlib'
import { type Content, chunksOf } from './content.ts'

/** No name, no time, an unknown system (RFC 1952). */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
/** Of a block of DEFLATE that is stored as it is (RFC 1951): 3.2.4. */
const blockBytes = 65_535
const blockHeaderBytes = 5
const trailerBytes = 8

/** A gzip file that stores its content uncompressed, which is why its length is known. There must be some content. */
export function gzipContent(content: Content): Content {
  const blocks = Math.ceil(content.bytes / blockBytes)
  return {
    bytes: header.length + content.bytes + blocks * blockHeaderBytes + trailerBytes,
    *chunks() {
      yield header
      let sum = 0
      let block = 0
      for (const chunk of chunksOf(blockBytes, content.chunks())) {
        sum = crc32(chunk, sum)
        yield blockHeader(chunk.length, ++block === blocks)
        yield chunk
      }
      const trailer = Buffer.alloc(trailerBytes)
      trailer.writeUInt32LE(sum, 0)
      trailer.writeUInt32LE(content.bytes % 2 ** 32, 4)
      yield trailer
    },
  }
}

function blockHeader(length: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(blockHeaderBytes)
  bytes[0] = isLast ? 1 : 0
  bytes.writeUInt16LE(length, 1)
  bytes.writeUInt16LE(~length & 0xffff, 3)
  return bytes
}
