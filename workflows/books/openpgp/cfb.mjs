// In CFB a block of plaintext is its ciphertext xor the encrypted ciphertext before it, so the keystream of a whole
// window is one ECB call, in which OpenSSL keeps the processor's AES units full; its own CFB does one block after the
// other.
import { createCipheriv } from 'node:crypto'

/** Bytes of a block of AES. */
export const blockBytes = 16

/** Makes a decipher of AES in CFB, from its first block on. */
export function makeCfb(key) {
  const ecb = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
  const before = Buffer.alloc(blockBytes)
  /**
   * Decrypts the next window of `bytes` in its place in `slot`, where a block of room is in front of it and whole blocks of room are for
   * it. All windows but the last have whole blocks.
   */
  return (slot, bytes) => {
    before.copy(slot)
    slot.copy(before, 0, bytes, bytes + blockBytes)
    const whole = Math.ceil(bytes / blockBytes) * blockBytes
    xor(slot.subarray(blockBytes, blockBytes + whole), ecb.update(slot.subarray(0, whole)))
  }
}

/** Xors `mask` into `bytes`, whole blocks both. Four words a turn take half the time of one. */
function xor(bytes, mask) {
  const words = bytes.length >> 2
  const target = new Int32Array(bytes.buffer, bytes.byteOffset, words)
  const source = new Int32Array(mask.buffer, mask.byteOffset, words)
  for (let at = 0; at < words; at += 4) {
    target[at] ^= source[at]
    target[at + 1] ^= source[at + 1]
    target[at + 2] ^= source[at + 2]
    target[at + 3] ^= source[at + 3]
  }
}
