// The first of the two threads of decrypt-threads.ts: reads the encrypted body and decrypts it into the ring.
//
// In CFB a block of plaintext is its ciphertext xor the encrypted ciphertext before it, so the keystream of a whole
// window is one ECB call, in which OpenSSL keeps the processor's AES units full; its own CFB does one block after the
// other.
import { createCipheriv } from 'node:crypto'
import { readSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { partFrom } from './packet-length.mjs'
import { fillRing } from './ring.mjs'
import { saying } from './saying.mjs'

const { ring, waiting, source, size, key, body } = workerData
const { frontBytes } = ring
const ecb = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
const before = Buffer.alloc(frontBytes)
let { at, left, last } = body

saying(() => {
  fillRing(ring, decryptInto)
  if (at !== size) throw new Error('Unexpected packet after the message.')
})

function decryptInto(slot) {
  before.copy(slot)
  const bytes = readBody(slot.subarray(frontBytes))
  slot.copy(before, 0, bytes)
  const whole = Math.ceil(bytes / frontBytes) * frontBytes
  xor(slot.subarray(frontBytes, frontBytes + whole), ecb.update(slot.subarray(0, whole)))
  return bytes
}

/** Fills `target` with what comes next in the body, which may be cut into parts; less only at its end. */
function readBody(target) {
  let filled = 0
  while (filled < target.length && nextPart()) {
    const bytes = read(target.subarray(filled, filled + Math.min(left, target.length - filled)))
    filled += bytes
    left -= bytes
  }
  return filled
}

function nextPart() {
  while (left === 0 && !last) {
    const header = Buffer.alloc(5)
    let part
    for (let bytes = 1; !part; bytes++) {
      read(header.subarray(bytes - 1, bytes))
      part = partFrom(header.subarray(0, bytes))
    }
    left = part.left
    last = part.last
  }
  return left > 0
}

function read(target) {
  waiting[0] = 1
  const bytes = readSync(source, target, 0, target.length, at)
  waiting[0] = 0
  if (bytes === 0) throw new Error('Unexpected end of the file.')
  at += bytes
  return bytes
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
