/*
 * What `gpg --symmetric` makes (RFC 9580): a packet that says how the key comes from the passphrase, then a packet of
 * ciphertext with a checksum in it. gpg takes the salt and the prefix at random; here they come from the seed, so that an
 * archive is the same each time it is asked for. That gives secrecy away: the books are made up, and the passphrase is
 * public.
 */
import { createCipheriv, createHash } from 'node:crypto'
import { type Content, chunksOf } from './content.ts'

/** How a content is sealed. */
export interface Sealing {
  readonly passphrase: string
  /** At least 24 bytes, of which the salt and the prefix are taken. */
  readonly random: Buffer
}

const aes256 = 9
const sha256 = 8
const saltBytes = 8
const blockBytes = 16
/** Stands for 65,536 bytes; gpg hashes a thousand times as many, to guard a passphrase that is not known. */
const countByte = 96
const countBytes = 65_536
const trailerBytes = 22
const chunkBytes = 64 * 1024

/** An OpenPGP message with `content` in it, encrypted by AES-256 and protected by an MDC. Throws a `RangeError` above 4 GiB. */
export function sealedContent(content: Content, { passphrase, random }: Sealing): Content {
  const salt = random.subarray(0, saltBytes)
  const prefix = random.subarray(saltBytes, saltBytes + blockBytes)
  const start = Buffer.concat([prefix, prefix.subarray(-2), literalHeader(content.bytes)])
  const plainBytes = start.length + content.bytes + trailerBytes
  const head = Buffer.concat([keyPacket(salt), packetHeader(18, 1 + plainBytes), Buffer.of(1)])
  return {
    bytes: head.length + plainBytes,
    *chunks() {
      const cipher = createCipheriv('aes-256-cfb', keyOf(passphrase, salt), Buffer.alloc(blockBytes))
      yield head
      for (const chunk of chunksOf(chunkBytes, provable(start, content))) yield cipher.update(chunk)
    },
  }
}

/** The plaintext, with the SHA-1 of all before it at the end. */
function* provable(start: Buffer, content: Content): Generator<Buffer> {
  const sum = createHash('sha1').update(start)
  yield start
  for (const chunk of content.chunks()) {
    sum.update(chunk)
    yield chunk
  }
  const mark = Buffer.of(0xd3, 0x14)
  yield Buffer.concat([mark, sum.update(mark).digest()])
}

function keyPacket(salt: Buffer): Buffer {
  const iteratedAndSalted = 3
  const body = Buffer.concat([Buffer.of(4, aes256, iteratedAndSalted, sha256), salt, Buffer.of(countByte)])
  return Buffer.concat([Buffer.of(0xc0 | 3, body.length), body])
}

function keyOf(passphrase: string, salt: Buffer): Buffer {
  const once = Buffer.concat([salt, Buffer.from(passphrase)])
  const times = Math.ceil(countBytes / once.length)
  const repeated = Buffer.concat(Array.from({ length: times }, () => once))
  return createHash('sha256')
    .update(repeated.subarray(0, Math.max(countBytes, once.length)))
    .digest()
}

/** Binary, without a name or a date. */
function literalHeader(bytes: number): Buffer {
  const about = Buffer.of(0x62, 0, 0, 0, 0, 0)
  return Buffer.concat([packetHeader(11, about.length + bytes), about])
}

function packetHeader(tag: number, length: number): Buffer {
  if (length >= 2 ** 32) throw new RangeError('A made book has at most 4 GiB.')
  const header = Buffer.of(0xc0 | tag, 0xff, 0, 0, 0, 0)
  header.writeUInt32BE(length, 2)
  return header
}
