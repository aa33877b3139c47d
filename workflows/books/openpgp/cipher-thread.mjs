// The first of the two threads of decrypt-threads.ts: reads the encrypted body and decrypts it into the ring.
import { readSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { makeCfb } from './cfb.mjs'
import { partFrom } from './packet-length.mjs'
import { fillRing } from './ring.mjs'
import { saying } from './saying.mjs'

const { ring, waiting, source, size, key, body } = workerData
const { frontBytes } = ring
const decrypt = makeCfb(key)
let { at, left, last } = body

saying(() => {
  fillRing(ring, decryptInto)
  if (at !== size) throw new Error('Unexpected packet after the message.')
})

function decryptInto(slot) {
  const bytes = readBody(slot.subarray(frontBytes))
  decrypt(slot, bytes)
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
