import { Header } from 'tar'
import type { Member } from '../../sample/make-archive.ts'
import type { Content } from './content.ts'
import { contentOfMember } from './lazy-member.ts'

const blockBytes = 512
const paddingOf = (bytes: number) => (blockBytes - (bytes % blockBytes)) % blockBytes

/** A tar of exactly these members. */
export function tarContent(members: readonly Member[]): Content {
  const parts = members.map((member) => ({ member, content: contentOfMember(member) }))
  return {
    bytes: parts.reduce(
      (sum, { content: { bytes } }) => sum + blockBytes + bytes + paddingOf(bytes),
      2 * blockBytes,
    ),
    *chunks() {
      for (const { member, content } of parts) {
        yield headerOf(member, content.bytes)
        yield* content.chunks()
        yield Buffer.alloc(paddingOf(content.bytes))
      }
      yield Buffer.alloc(2 * blockBytes)
    },
  }
}

function headerOf({ name, link }: Member, size: number): Buffer {
  const header = new Header({
    path: name,
    mode: 0o644,
    size,
    mtime: new Date(0),
    type: link === undefined ? 'File' : 'SymbolicLink',
    ...(link !== undefined && { linkpath: link }),
  })
  header.encode()
  return header.block!
}
