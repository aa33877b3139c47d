import { createCipheriv, createHash, randomBytes } from 'node:crypto'

// OpenPGP as it stands in a file (RFC 9580), written byte by byte: what no packer would write as well.

/** A packet with a length of five bytes, or the one that it claims. */
export function packet(tag: number, body: Buffer, claimed = body.length): Buffer {
  const header = Buffer.of(0xc0 | tag, 0xff, 0, 0, 0, 0)
  header.writeUInt32BE(claimed, 2)
  return Buffer.concat([header, body])
}

/** A packet in parts of `2 ** exponent` bytes, without the length that says which is the last. */
export function endless(tag: number, body: Buffer, exponent: number): Buffer {
  const parts: Buffer[] = [Buffer.of(0xc0 | tag)]
  for (let at = 0; at < body.length; at += 2 ** exponent) {
    parts.push(Buffer.of(0xe0 | exponent), body.subarray(at, at + 2 ** exponent))
  }
  return Buffer.concat(parts)
}

/** A packet of content. */
export function literal(content: Buffer): Buffer {
  return packet(11, Buffer.concat([Buffer.from('b\0\0\0\0\0', 'latin1'), content]))
}

/** How a passphrase becomes a key. */
export interface Derivation {
  /** Iterated and salted, by the octet that codes the count; 0 (1,024 bytes) by default. */
  readonly count?: number
  /** By Argon2 instead: passes, lanes, and the exponent of the memory in KiB. */
  readonly argon2?: readonly [passes: number, lanes: number, exponent: number]
  /** The number of the cipher; 9 (AES-256) by default. */
  readonly cipher?: number
}

const salt = Buffer.from('saltsalt')

/** A session-key packet, the key being what the passphrase gives. */
export function sessionKey({ count = 0, argon2, cipher = 9 }: Derivation = {}): Buffer {
  const s2k = argon2
    ? Buffer.concat([Buffer.of(4), salt, salt, Buffer.from(argon2)])
    : Buffer.concat([Buffer.of(3, 8), salt, Buffer.of(count)])
  return packet(3, Buffer.concat([Buffer.of(4, cipher), s2k]))
}

/** A session-key packet for a public key. */
export function publicSessionKey(): Buffer {
  return packet(1, Buffer.concat([Buffer.of(3), randomBytes(8), Buffer.of(1, 1, 0), randomBytes(32)]))
}

/** The body of an integrity protected packet that holds `packets`, for `sessionKey()`; `trailer` instead of its proof. */
export function protect(packets: Buffer, passphrase: string, trailer?: Buffer): Buffer {
  const front = randomBytes(18)
  front.copy(front, 16, 14, 16)
  const sealed = Buffer.concat([front, packets, Buffer.of(0xd3, 0x14)])
  const proof = trailer ?? createHash('sha1').update(sealed).digest()
  const cipher = createCipheriv('aes-256-cfb', keyFrom(passphrase), Buffer.alloc(16))
  return Buffer.concat([Buffer.of(1), cipher.update(sealed), cipher.update(proof)])
}

/** A whole message of these packets, as `gpg --symmetric` would write it. */
export function seal(packets: Buffer, passphrase: string): Buffer {
  return Buffer.concat([sessionKey(), packet(18, protect(packets, passphrase))])
}

/** The key of `sessionKey()`, whose count is 1,024. */
function keyFrom(passphrase: string): Buffer {
  const once = Buffer.concat([salt, Buffer.from(passphrase)])
  const all = Buffer.concat(Array.from({ length: Math.ceil(1024 / once.length) }, () => once))
  return createHash('sha256')
    .update(all.subarray(0, Math.max(1024, once.length)))
    .digest()
}
