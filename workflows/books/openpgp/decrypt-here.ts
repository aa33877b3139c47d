/*
 * The way of a message that is not long: what decrypt-threads.ts does, in this thread. To start two threads takes a tenth of a second of
 * processor, as much as all else for a book of 16 MiB.
 */
import { createDecipheriv } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { makeBodyParts } from './body-parts.ts'
import type { DecryptingFound } from './decrypt-threads.ts'
import { makeProver } from './prove-content.mjs'
import type { WrittenFile } from './written-file.ts'

const windowBytes = 2 ** 20
const blockBytes = 16

/** Decrypts the content that was found into `target`. */
export async function decryptHere(options: DecryptingFound): Promise<WrittenFile> {
  const { source, size, target, found, maxBytes, signal, written } = options
  const { key, body, content } = found
  const cipher = createDecipheriv(`aes-${key.length * 8}-cfb`, key, Buffer.alloc(blockBytes))
  const parts = makeBodyParts(body)
  let pieces: Uint8Array[] = []
  const prover = makeProver({ content, maxBytes, write: (piece: Uint8Array) => void pieces.push(piece) })
  const chunk = Buffer.allocUnsafeSlow(Math.min(windowBytes, Math.max(1, size - body.at)))
  for (let at = body.at; at < size; ) {
    signal?.throwIfAborted()
    const { bytesRead } = await source.read(chunk, 0, Math.min(chunk.length, size - at), at)
    if (bytesRead === 0) throw new Error('Unexpected end of the file.')
    at += bytesRead
    for (const part of parts.take(chunk.subarray(0, bytesRead))) prover.take(cipher.update(part))
    await writeAll(target, pieces)
    pieces = []
    written(prover.bytes())
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
