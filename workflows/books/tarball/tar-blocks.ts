/*
 * Where the members of a tar begin and end. node-tar reads the headers (checksums, long names, pax); it is lax about
 * everything between and after them, so the walk over the blocks is ours:
 *
 *   header block(s) -> node-tar names a member of `size` bytes -> its body, padded to 512 -> header block(s) ...
 *
 * A member may follow no zero block, and the archive ends with two zero blocks and nothing but zeros after them. What
 * is odd about that end alone, every tar forgives; it is reported as an `oddity`, for callers that know what should be there.
 */
import { Defect } from '../defect.ts'
import {
  type HeaderReader,
  type Member,
  makeHeaderReader,
  type Oddity,
  type TarReading,
} from './header-reader.ts'

const blockBytes = 512

/** What a walk over the blocks yields: a member's header, then its body in pieces; and at last what was odd. */
export type TarPart =
  | { readonly member: Member }
  | { readonly body: Uint8Array }
  | { readonly oddity: Oddity }

/** Reads an uncompressed tar; throws `TooLarge` over its caps, and `BadFile` when it is malformed, cut short, empty, or followed by garbage. */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  reading: TarReading,
): AsyncGenerator<TarPart> {
  const headers = makeHeaderReader(reading)
  let rest: Uint8Array = new Uint8Array(0)
  let body = 0
  let padding = 0
  for await (const chunk of source) {
    let at = 0
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (at < bytes.length) {
      const taken = Math.min(body + padding, bytes.length - at)
      if (taken > 0) {
        const piece = bytes.subarray(at, at + taken)
        headers.skip(piece)
        if (body > 0) yield { body: piece.subarray(0, body) }
        padding -= Math.max(0, taken - body)
        body -= Math.min(body, taken)
        at += taken
      } else {
        if (bytes.length - at < blockBytes) break
        const member = headers.read(bytes.subarray(at, at + blockBytes))
        at += blockBytes
        if (member) {
          body = member.size
          padding = (blockBytes - (body % blockBytes)) % blockBytes
          yield { member }
        }
      }
    }
    rest = bytes.subarray(at)
  }
  if (body + padding > 0 || rest.length > 0) throw cutShort(headers, rest)
  const oddity = headers.end()
  if (oddity) yield { oddity }
}

function cutShort(headers: HeaderReader, rest: Uint8Array): Defect {
  headers.refuseCompressed(rest)
  return new Defect('BadFile', 'The archive is cut short.')
}
