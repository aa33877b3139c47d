import { createCipheriv, createHash } from 'node:crypto'

const noiseChunkBytes = 64 * 1024
const zeros = Buffer.alloc(noiseChunkBytes)

/** A number from 0 up to, but not, 1: the same for the same parts, on every machine. */
export function fractionOf(...parts: readonly (string | number)[]): number {
  const text = parts.join('\n')
  // FNV-1a, and the last step of MurmurHash3, so that texts that differ by a letter have nothing in common.
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/** 32 bytes: the same for the same parts. */
export function digestOf(...parts: readonly (string | number)[]): Buffer {
  return createHash('sha256').update(parts.join('\n')).digest()
}

/** So many bytes that no compression makes shorter, the same for the same `key` of 32 bytes. */
export function* noise(key: Buffer, bytes: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  for (let left = bytes; left > 0; left -= noiseChunkBytes)
    yield cipher.update(zeros.subarray(0, Math.min(left, noiseChunkBytes)))
}
