import { partFrom } from './packet-length.mjs'

/** The body of a packet, which may be cut into parts, as its bytes come. */
export interface BodyParts {
  /** What of `bytes`, which come next, is of the body. Throws if there are more than the packet has. */
  readonly take: (bytes: Uint8Array) => Generator<Uint8Array>
  /** Throws if there should be more. */
  readonly end: () => void
}

/** Makes a reader of a body of which a part of `left` bytes comes first; it may be the `last`. */
export function makeBodyParts({ left, last }: { readonly left: number; readonly last: boolean }): BodyParts {
  let part = { left, last }
  let header = Buffer.alloc(0)
  return {
    *take(bytes) {
      for (let at = 0; at < bytes.length; ) {
        if (part.left > 0) {
          const piece = bytes.subarray(at, at + part.left)
          part = { left: part.left - piece.length, last: part.last }
          at += piece.length
          yield piece
        } else if (part.last) {
          throw new Error('Unexpected packet after the message.')
        } else {
          header = Buffer.concat([header, bytes.subarray(at, ++at)])
          const next = partFrom(header)
          if (!next) continue
          part = next
          header = Buffer.alloc(0)
        }
      }
    },
    end() {
      if (part.left > 0 || !part.last) throw new Error('Unexpected end of the file.')
    },
  }
}
