import { Defect } from '../defect.ts'
import { headerAt } from './packet-header.ts'
import { blockOf, isAes, plainStart, type SessionKey } from './plain-start.ts'

/** What is looked at: more than all headers in front of the content, signatures among them. */
const peekBytes = 8192
/** The first part of a packet has at least as many (RFC 9580, 4.2.1.4). */
const leastPartBytes = 512
const integrityProtected = 18
const literal = 11
const compressed = 8
/** Signatures and their announcements, markers, trust, padding: they may stand in front of the content. */
const leading = [2, 4, 10, 12, 21]
/** Uncompressed, ZIP, ZLIB, BZip2. */
const compressions = [0, 1, 2, 3]

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

/** What a look at the first bytes of a message has shown. */
export interface Found {
  /** The session key that fits. */
  readonly key: SessionKey
  /** Where the content is, if the two threads can read it: what gpg writes for a book, AES and not compressed. */
  readonly plain?: FoundContent
}

/**
 * Looks into an integrity protected message of the first version: for the key that fits (two bytes are repeated: a wrong
 * one is seen, but for one in 65,536), and whether a message begins there, since openpgp.js waits without end for what it
 * does not expect. Undefined for a message that is protected otherwise. Throws when no key fits, and when it is no message.
 */
export async function findContent(
  head: Uint8Array,
  dataAt: number,
  keys: readonly { readonly data: Uint8Array; readonly algorithm: string | null }[],
): Promise<Found | undefined> {
  const packet = headerAt(head, dataAt)
  if (packet?.tag !== integrityProtected || head[packet.body] !== 1) return undefined
  const { length = Number.POSITIVE_INFINITY, last } = packet
  if (!last && length < leastPartBytes) throw new Error('Error during parsing: a first part is too short.')
  const at = packet.body + 1
  const start = head.subarray(at, at + Math.min(length - 1, peekBytes))
  for (const { data, algorithm } of keys) {
    const key = { data, algorithm: algorithm ?? '' }
    const block = blockOf(key)
    if (block === undefined || start.length < block + 2) continue
    const plain = await plainStart(key, start)
    if (plain[block - 2] !== plain[block] || plain[block - 1] !== plain[block + 1]) continue
    const content = contentIn(plain, block + 2)
    if (!content || !isAes(key) || packet.length === undefined) return { key }
    return { key, plain: { key: key.data, body: { at, left: length - 1, last }, content } }
  }
  throw new Error('Session key decryption failed.')
}

/** The content, if it comes first and is not compressed. Throws if what comes is no message. */
function contentIn(plain: Uint8Array, first: number): FoundContent['content'] | undefined {
  let at = first
  for (;;) {
    const packet = headerAt(plain, at)
    if (packet?.tag === compressed && compressions.includes(plain[packet.body] ?? 0)) return undefined
    if (packet?.tag === literal) return at === first ? contentOf(plain, packet) : undefined
    if (!packet?.length || !packet.last || !leading.includes(packet.tag))
      throw new Defect('BadFile', 'The message is not one file encrypted once, or it is damaged.', {
        detail: `The passphrase fits, but a packet ${packet?.tag ?? 'without a header'} is in front of the content.`,
      })
    at = packet.body + packet.length
  }
}

/** The literal packet begins with its format, a name with its length, and a date. */
function contentOf(
  plain: Uint8Array,
  { body, length, last }: NonNullable<ReturnType<typeof headerAt>>,
): FoundContent['content'] | undefined {
  const headerBytes = 1 + 1 + (plain[body + 1] ?? 0) + 4
  if (length === undefined || length < headerBytes) return undefined
  return { skip: body + headerBytes, left: length - headerBytes, last }
}
