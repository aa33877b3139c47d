import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { createInflate, createInflateRaw } from 'node:zlib'
import * as openpgp from 'openpgp'
import type { InputCap } from './input-cap.ts'

const uncompressed = Buffer.of(0)
/** By their numbers in RFC 9580. The other one, BZip2, is left to openpgp.js. */
const inflaters = { 1: createInflateRaw, 2: createInflate }

type Reader = ReadableStreamDefaultReader<Uint8Array>

/**
 * A packet of compressed content for one message, which holds no other. openpgp.js gives the packet its bytes and waits
 * until they are read: for ever, if the packet has found that they are no content. This one reads on, so that their
 * integrity is checked and an error is thrown. It decompresses by itself, too: a `DecompressionStream` of Node
 * 20 keeps up to 16,384 chunks, all of a book.
 */
export function compressedOnce(cap: InputCap): typeof openpgp.CompressedDataPacket {
  let isRead = false
  return class CompressedOnce extends openpgp.CompressedDataPacket {
    override async read(bytes: unknown, ...config: unknown[]): Promise<void> {
      // Bytes that come at once are those of a packet after the content.
      if (!(bytes instanceof ReadableStream)) throw new Error('Unexpected packet after the content.')
      const reader = (bytes as ReadableStream<Uint8Array>).getReader()
      const read = super.read.bind(this) as (...all: unknown[]) => Promise<void>
      try {
        if (isRead) throw new Error('Unexpected packet: compressed twice.')
        isRead = true
        await read(ReadableStream.from(decompress(reader, cap)), ...config)
      } catch (error) {
        await readToEnd(reader)
        throw error
      }
    }
  }
}

/** The body of a packet with the same content, uncompressed. */
async function* decompress(reader: Reader, cap: InputCap): AsyncGenerator<Uint8Array> {
  const { value: first = new Uint8Array(0) } = await reader.read()
  const inflate = inflaters[first[0] as keyof typeof inflaters]?.()
  if (!inflate) {
    yield first
    yield* chunks(reader)
    return
  }
  yield uncompressed
  const compressed = Readable.from(chunks(reader, first.subarray(1)))
  compressed.on('error', (error) => inflate.destroy(error))
  try {
    for await (const chunk of compressed.pipe(inflate)) {
      cap.took(chunk.length)
      yield chunk
    }
  } finally {
    // What follows the end of the compressed data is not looked at.
    await readToEnd(reader)
  }
}

async function* chunks(reader: Reader, first?: Uint8Array): AsyncGenerator<Uint8Array> {
  if (first) yield first
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}

async function readToEnd(reader: Reader): Promise<void> {
  for await (const _ of chunks(reader));
}
