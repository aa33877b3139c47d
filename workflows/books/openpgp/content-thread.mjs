// The second of the two threads of decrypt-threads.ts: takes the plaintext from the ring, proves its integrity, hashes
// the content of its literal packet and writes that to the file, and says { kind: 'written', bytes } as it goes.
//
// The body of an integrity protected packet is
//   16 random bytes, the last two of them again, packets..., 0xd3 0x14, SHA-1 of all before
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { partFrom } from './packet-length.mjs'
import { emptyRing } from './ring.mjs'
import { saying } from './saying.mjs'

const trailerBytes = 22
const { ring, waiting, target, maxBytes, content } = workerData
const sha1 = createHash('sha1')
const sha256 = createHash('sha256')
let { skip, left, last } = content
let header = Buffer.alloc(0)
let held = Buffer.alloc(0)
let bytes = 0
let isFollowed = false

saying(() => {
  emptyRing(ring, (plain) => {
    take(plain)
    parentPort.postMessage({ kind: 'written', bytes })
  })
  const sum = sha1.update(held.subarray(0, 2)).digest()
  const intact =
    held.length === trailerBytes && held[0] === 0xd3 && held[1] === 0x14 && sum.equals(held.subarray(2))
  if (!intact) throw new Error('Modification detected.')
  if (isFollowed) throw new Error('Unexpected packet after the content.')
  if (left > 0 || !last || skip > 0) throw new Error('Unexpected end of the content.')
  return { bytes, sha256: sha256.digest('hex') }
})

/** Passes on all but the last 22 bytes of what there is: they may be the trailer. */
function take(plain) {
  if (plain.length < trailerBytes) {
    const both = Buffer.concat([held, plain])
    const end = Math.max(0, both.length - trailerBytes)
    pass(both.subarray(0, end))
    held = both.subarray(end)
  } else {
    pass(held)
    pass(plain.subarray(0, -trailerBytes))
    held = Buffer.from(plain.subarray(-trailerBytes))
  }
}

function pass(plain) {
  sha1.update(plain)
  let at = Math.min(skip, plain.length)
  skip -= at
  while (at < plain.length) {
    if (left === 0 && last) {
      // Whether it was made so or damaged is known at the end.
      isFollowed = true
      return
    }
    if (left === 0) {
      readLength(plain[at++])
    } else {
      const part = plain.subarray(at, at + left)
      write(part)
      left -= part.length
      at += part.length
    }
  }
}

function readLength(byte) {
  header = Buffer.concat([header, Buffer.of(byte)])
  const part = partFrom(header)
  if (!part) return
  left = part.left
  last = part.last
  header = Buffer.alloc(0)
}

function write(part) {
  bytes += part.length
  if (bytes > maxBytes) throw new Error('Maximum decompressed message size exceeded.')
  sha256.update(part)
  waiting[1] = 1
  for (let at = 0; at < part.length; ) at += writeSync(target, part, at)
  waiting[1] = 0
}
