import { createHash } from 'node:crypto'
import type { Member } from '../../sample/make-archive.ts'
import { type Content, contentOf } from './content.ts'

/** A member of a tar whose bytes are made when they are asked for: `body` is all of them at once. */
export class LazyMember implements Member {
  readonly name: string
  // Private, so that `{ ...member, body }` is another member with that body, and nothing of this one.
  readonly #content: Content
  #md5: string | undefined

  constructor(name: string, content: Content) {
    this.name = name
    this.#content = content
  }

  get body(): Buffer {
    return Buffer.concat([...this.#content.chunks()])
  }

  /** Its bytes; when all of them have been read, their md5 is known. */
  get content(): Content {
    const { bytes, chunks } = this.#content
    const know = (md5: string) => {
      this.#md5 = md5
    }
    return {
      bytes,
      *chunks() {
        const digest = createHash('md5')
        for (const chunk of chunks()) {
          digest.update(chunk)
          yield chunk
        }
        know(digest.digest('hex'))
      },
    }
  }

  /** In hexadecimal; all bytes are made for it if they have not been read before. */
  get md5(): string {
    if (this.#md5 === undefined) for (const _ of this.content.chunks());
    return this.#md5!
  }
}

/** The bytes of a member of either kind. */
export function contentOfMember(member: Member): Content {
  return member instanceof LazyMember ? member.content : contentOf(member.body)
}

/** `checksum.md5` of members, which is made after they have gone out, so that none is made twice. */
export function lazyChecksums(members: readonly Member[]): LazyMember {
  const hexDigits = 32
  const bytes = members.reduce((sum, { name }) => sum + hexDigits + 2 + Buffer.byteLength(name) + 1, 0)
  return new LazyMember('checksum.md5', {
    bytes,
    *chunks() {
      for (const member of members) yield Buffer.from(`${md5Of(member)}  ${member.name}\n`)
    },
  })
}

function md5Of(member: Member): string {
  return member instanceof LazyMember ? member.md5 : createHash('md5').update(member.body).digest('hex')
}
