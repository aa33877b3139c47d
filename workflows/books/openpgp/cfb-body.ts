/*
 * The body of a "symmetrically encrypted, integrity protected" packet, version 1, which is what gpg writes:
 *
 *   AES-CFB( 16 random bytes, the last two of them again, packets..., 0xd3 0x14, SHA-1 of all before )
 *
 * openpgp.js reads it right, at half of gpg's speed. In CFB a block of plaintext is its ciphertext xor the encrypted
 * ciphertext before it, so the keystream of a whole window is one ECB call, in which OpenSSL keeps the processor's AES
 * units full; its own CFB does one block after the other. Packets and keys stay with openpgp.js.
 */
import { createCipheriv, createHash } from 'node:crypto'

const blockBytes = 16
const windowBytes = 2 ** 20
const prefixBytes = blockBytes + 2
const trailerBytes = 22

/** Yields the packets inside a body, as they come; throws `Modification detected.` in place of the end when it was altered. */
export async function* openBody(
  body: AsyncIterable<Uint8Array>,
  key: Uint8Array,
): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha1')
  let held: Uint8Array = new Uint8Array(0)
  let skip = prefixBytes
  for await (const plain of decryptCfb(body, key)) {
    if (plain.length < trailerBytes) {
      held = Buffer.concat([held, plain])
    } else if (held.length > 0) {
      digest.update(held)
      yield held.subarray(skip)
      skip = 0
      held = plain
    } else {
      held = plain
    }
    if (skip > 0 && held.length >= prefixBytes && !isPrefix(held))
      throw new Error('Session key decryption failed.')
  }
  const end = held.length - trailerBytes
  if (end < skip || held[end] !== 0xd3 || held[end + 1] !== 0x14) throw new Error('Modification detected.')
  const expected = digest.update(held.subarray(0, end + 2)).digest()
  if (!expected.equals(held.subarray(end + 2))) throw new Error('Modification detected.')
  yield held.subarray(skip, end)
}

/** True when the first 18 bytes repeat two as they must: a wrong key is seen at once, but for one in 65,536. */
function isPrefix(plain: Uint8Array): boolean {
  return plain[blockBytes - 2] === plain[blockBytes] && plain[blockBytes - 1] === plain[blockBytes + 1]
}

/** CFB with a zero vector, in windows of 1 MiB; only the last is shorter. */
async function* decryptCfb(body: AsyncIterable<Uint8Array>, key: Uint8Array): AsyncGenerator<Uint8Array> {
  const ecb = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
  // The block before the window, then the window: what is encrypted is all of it but its last block.
  const ciphertext = Buffer.alloc(blockBytes + windowBytes)
  let filled = blockBytes
  const decrypt = () => {
    const bytes = filled - blockBytes
    const keystream = ecb.update(ciphertext.subarray(0, Math.ceil(bytes / blockBytes) * blockBytes))
    xor(keystream, ciphertext.subarray(blockBytes))
    ciphertext.copyWithin(0, windowBytes)
    filled = blockBytes
    return keystream.subarray(0, bytes)
  }
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + ciphertext.length - filled)
      ciphertext.set(part, filled)
      filled += part.length
      at += part.length
      if (filled === ciphertext.length) yield decrypt()
    }
  }
  if (filled > blockBytes) yield decrypt()
}

/** Xors `mask` into `bytes`, whole blocks both, four bytes at a time. */
function xor(bytes: Uint8Array, mask: Uint8Array): void {
  const words = bytes.length >> 2
  const target = new Int32Array(bytes.buffer, bytes.byteOffset, words)
  const source = new Int32Array(mask.buffer, mask.byteOffset, words)
  for (let at = 0; at < words; at++) target[at]! ^= source[at]!
}
