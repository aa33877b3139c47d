import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import * as openpgp from 'openpgp'
import { Header } from 'tar'

/** A member of a tar, which may be what no packer would write; a folder's name ends with `/`. */
export interface Member {
  readonly name: string
  readonly body: Buffer
  readonly link?: string
}

/** A gzipped tar of exactly these members; the same members give the same bytes. */
export function makeArchive(members: readonly Member[]): Buffer {
  const blocks = members.flatMap(({ name, body, link }) => {
    const header = new Header({
      path: name,
      mode: 0o644,
      size: body.length,
      mtime: new Date(0),
      type: link === undefined ? (name.endsWith('/') ? 'Directory' : 'File') : 'SymbolicLink',
      ...(link !== undefined && { linkpath: link }),
    })
    header.encode()
    return [header.block!, body, Buffer.alloc((512 - (body.length % 512)) % 512)]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

// What gpg makes is hashed a thousand times as long: that guards a passphrase, and this one is known.
const config = { s2kIterationCountByte: 96 }

/** Encrypts with a passphrase, as `gpg --symmetric` does, but faster. */
export async function encrypt(binary: Buffer, passphrase: string): Promise<Buffer> {
  const message = await openpgp.createMessage({ binary: new Uint8Array(binary) })
  const encrypted = await openpgp.encrypt({ message, passwords: passphrase, format: 'binary', config })
  return Buffer.from(encrypted as Uint8Array)
}

/** `checksum.md5` of members, as a member. */
export function checksumsOf(members: readonly Member[]): Member {
  const lines = members.map(({ name, body }) => `${createHash('md5').update(body).digest('hex')}  ${name}\n`)
  return { name: 'checksum.md5', body: Buffer.from(lines.join('')) }
}
