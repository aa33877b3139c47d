// Proves the integrity of the plaintext of a message as it comes, hashes the content of its literal packet, and gives that away to be
// written: before all of it is proven, which `end` says. In plain JavaScript, since a thread of decrypt-threads.ts loads it too.
//
// The body of an integrity protected packet is
//   16 random bytes, the last two of them again, packets..., 0xd3 0x14, SHA-1 of all before
import { createHash } from 'node:crypto'
import { partFrom } from './packet-length.mjs'

const trailerBytes = 22

/**
 * Makes a prover. The content begins after `content.skip` bytes, with a part of `content.left`, which may be the `last`; `write` is
 * called with each piece of it, of which there are at most `maxBytes` together.
 */
export function makeProver({ content, maxBytes, write }) {
  const sha1 = createHash('sha1')
  const sha256 = createHash('sha256')
  let { skip, left, last } = content
  let header = Buffer.alloc(0)
  let held = Buffer.alloc(0)
  let bytes = 0
  let isFollowed = false

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
        bytes += part.length
        if (bytes > maxBytes) throw new Error('Maximum decompressed message size exceeded.')
        sha256.update(part)
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

  return {
    /** How many bytes of content there have been. */
    bytes: () => bytes,
    /** Takes what comes next, and passes on all but the last 22 bytes of what there is: they may be the trailer. */
    take(plain) {
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
    },
    /** Throws unless all of it is proven; what was written. */
    end() {
      const sum = sha1.update(held.subarray(0, 2)).digest()
      const intact =
        held.length === trailerBytes && held[0] === 0xd3 && held[1] === 0x14 && sum.equals(held.subarray(2))
      if (!intact) throw new Error('Modification detected.')
      if (isFollowed) throw new Error('Unexpected packet after the content.')
      if (left > 0 || !last || skip > 0) throw new Error('Unexpected end of the content.')
      return { bytes, sha256: sha256.digest('hex') }
    },
  }
}
