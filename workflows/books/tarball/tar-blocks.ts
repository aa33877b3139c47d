/*
 * Where the members of a tar begin and end. node-tar reads the headers (checksums, long names, pax); it is lax about
 * everything between and after them, so the walk over the blocks is ours:
 *
 *   header block(s) -> node-tar names a member of `size` bytes -> its body, padded to 512 -> header block(s) ...
 *
 * A member may follow no zero block, and the archive ends with two zero blocks and nothing but zeros after them.
 */
import { Parser, type ReadEntry } from 'tar'
import { Defect } from '../defect.ts'

const blockBytes = 512
/** Blocks without a member: extended headers before one, padding after the last. 2 MiB. */
const maxIdleBlocks = 4096

/** What a walk over the blocks yields: a member's header, then its body in pieces. */
export type TarPart = { readonly member: ReadEntry } | { readonly body: Uint8Array }

/** Reads an uncompressed tar; throws `BadFile` when it is malformed, cut short, sparse, or followed by something else. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarPart> {
  const headers = headerReader()
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
  if (body + padding > 0 || rest.length > 0) throw new Defect('BadFile', 'The archive is cut short.')
  headers.end()
}

function headerReader() {
  const found: ReadEntry[] = []
  let failure: Error | undefined
  let idleBlocks = 0
  let zeroBlocks = 0
  let sparse = false
  const parser = new Parser({ strict: true, filter: () => false })
  parser.on('error', (error: Error) => (failure ??= error))
  parser.on('ignoredEntry', (entry: ReadEntry) => found.push(entry))
  parser.on('meta', (text: string) => (sparse ||= text.includes('GNU.sparse.')))
  const feed = (bytes: Uint8Array) => {
    parser.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    if (failure)
      throw new Defect('BadFile', 'The archive is malformed.', { detail: failure.message }, failure)
  }
  return {
    skip: feed,
    read(block: Uint8Array): ReadEntry | undefined {
      if (idleBlocks === 0 && (block[0] === 0x1f || block[0] === 0x28)) refuseCompressed(block)
      if (++idleBlocks > maxIdleBlocks)
        throw new Defect('TooLarge', 'The archive has 2 MiB without a file in it.')
      const zero = block.every((byte) => byte === 0)
      if (zeroBlocks > 0 && !zero) throw new Defect('BadFile', 'The archive goes on after its end.')
      if (zero) zeroBlocks++
      feed(block)
      const member = found.pop()
      if (!member) return undefined
      if (sparse)
        throw new Defect('BadFile', `The file ${member.path} is stored sparsely.`, { file: member.path })
      idleBlocks = 0
      return member
    },
    end() {
      if (zeroBlocks < 2) throw new Defect('BadFile', 'The archive is cut short: its end mark is missing.')
    },
  }
}

/** node-tar would unpack a compressed archive inside the archive, where nothing counts the bytes. */
function refuseCompressed(block: Uint8Array): void {
  const magic = Buffer.from(block.subarray(0, 4)).toString('hex')
  if (magic.startsWith('1f8b') || magic === '28b52ffd')
    throw new Defect('BadFile', 'The archive is compressed twice.')
}
