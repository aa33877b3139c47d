/*
 * The way of a message that is not long: what decrypt-threads.ts does, in this thread. To start two threads takes a tenth of a second of
 * processor, as much as all else for a book of 16 MiB.
 */
import type { FileHandle } from 'node:fs/promises'
import { makeBodyParts } from './body-parts.ts'
import { blockBytes, makeCfb } from './cfb.mjs'
import type { DecryptingFound } from './decrypt-threads.ts'
import { makeProver } from './prove-content.mjs'
import type { WrittenFile } from './written-file.ts'

const windowBytes = 2 ** 18

/** Decrypts the content that was found into `target`. */
export async function decryptHere(options: DecryptingFound): Promise<WrittenFile> {
  const { source, size, target, found, maxBytes, signal, written } = options
  const { key, body, content } = found
  const decrypt = makeCfb(key)
  const parts = makeBodyParts(body)
  const pieces: Uint8Array[] = []
  const prover = makeProver({ content, maxBytes, write: (piece: Uint8Array) => void pieces.push(piece) })
  const chunk = Buffer.allocUnsafeSlow(windowBytes)
  // A block in front of the window, and one for what does not fill a block before the next chunk.
  const slot = Buffer.allocUnsafeSlow(blockBytes + windowBytes + blockBytes)
  let filled = 0
  for (let at = body.at; at < size; ) {
    signal?.throwIfAborted()
    const { bytesRead } = await source.read(chunk, 0, Math.min(windowBytes, size - at), at)
    if (bytesRead === 0) throw new Error('Unexpected end of the file.')
    at += bytesRead
    for (const part of parts.take(chunk.subarray(0, bytesRead))) {
      slot.set(part, blockBytes + filled)
      filled += part.length
    }
    const bytes = at < size ? filled - (filled % blockBytes) : filled
    const rest = Buffer.from(slot.subarray(blockBytes + bytes, blockBytes + filled))
    decrypt(slot, bytes)
    prover.take(slot.subarray(blockBytes, blockBytes + bytes))
    await writeAll(target, pieces.splice(0))
    written(prover.bytes())
    slot.set(rest, blockBytes)
    filled = rest.length
  }
  parts.end()
  const result = prover.end()
  await writeAll(target, pieces)
  return result
}

async function writeAll(file: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  const [only] = pieces
  const bytes = pieces.length === 1 ? only! : Buffer.concat(pieces)
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
}
