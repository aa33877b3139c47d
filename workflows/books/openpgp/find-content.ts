import { createDecipheriv } from 'node:crypto'
import { headerAt } from './packet-header.ts'

const aesBytes: Readonly<Record<string, number>> = { aes128: 16, aes192: 24, aes256: 32 }
const prefixBytes = 18
/** More than the headers in front of the content can be, and no more than a first part must have. */
const peekBytes = 400
const literalTag = 11

/** A part of a packet's body: the bytes left of it, and whether it is the last. */
interface Part {
  readonly left: number
  readonly last: boolean
}

/** Where the content of a message is, and the key to it. */
export interface FoundContent {
  readonly key: Uint8Array
  /** The ciphertext, from where on in the file. */
  readonly body: Part & { readonly at: number }
  /** The content, after so many bytes of plaintext. */
  readonly content: Part & { readonly skip: number }
}

/**
 * Looks for the content of a message that is what gpg writes: AES, integrity protected in its first version, and not
 * compressed. Undefined for all else, which is for openpgp.js. Throws when no key fits.
 */
export function findContent(
  head: Uint8Array,
  dataAt: number,
  keys: readonly { readonly data: Uint8Array; readonly algorithm: string | null }[],
): FoundContent | undefined {
  const packet = headerAt(head, dataAt)
  if (packet?.tag !== 18 || !packet.length || packet.length <= peekBytes || head[packet.body] !== 1)
    return undefined
  if (!keys.every(({ data, algorithm }) => algorithm && aesBytes[algorithm] === data.length)) return undefined
  const at = packet.body + 1
  const start = head.subarray(at, at + peekBytes)
  for (const { data: key } of keys) {
    const cipher = createDecipheriv(`aes-${key.length * 8}-cfb`, key, new Uint8Array(16))
    const plain = cipher.update(start)
    // Two bytes are repeated: a wrong key is seen at once, but for one in 65,536.
    if (plain[14] !== plain[16] || plain[15] !== plain[17]) continue
    const content = contentIn(plain)
    return content && { key, body: { at, left: packet.length - 1, last: packet.last }, content }
  }
  throw new Error('Session key decryption failed.')
}

/** The literal packet begins with its format, a name with its length, and a date. */
function contentIn(plain: Uint8Array): FoundContent['content'] | undefined {
  const literal = headerAt(plain, prefixBytes)
  if (literal?.tag !== literalTag || !literal.length) return undefined
  const headerBytes = 1 + 1 + (plain[literal.body + 1] ?? 0) + 4
  if (literal.length < headerBytes) return undefined
  return { skip: literal.body + headerBytes, left: literal.length - headerBytes, last: literal.last }
}
