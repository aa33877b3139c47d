import { Defect } from '../defect.ts'
import { headerAt } from './packet-header.ts'

const marker = 10
const publicKeySession = 1
const passphraseSession = 3
const dataTags: Readonly<Record<number, Encryption>> = { 9: 'unprotected', 18: 'integrity', 20: 'aead' }
/** Ciphers that openpgp.js cannot do, by their number in RFC 9580; it knows 2 to 4 and 7 to 10. */
const unsupported: Readonly<Record<number, string>> = {
  1: 'IDEA',
  11: 'Camellia',
  12: 'Camellia',
  13: 'Camellia',
}
const supported = [2, 3, 4, 7, 8, 9, 10]

type Encryption = 'unprotected' | 'integrity' | 'aead'

/** How a message is encrypted, read from the packets before its data. */
export interface SessionKeyScan {
  readonly encryption: Encryption
  readonly passphrases: number
  readonly publicKeys: number
  /** Where the packet with the data begins. */
  readonly dataAt: number
}

/** What the key derivations of a message may cost. */
export interface DerivationCaps {
  /** Session-key packets: each costs a slow derivation that blocks its thread. */
  readonly maxSessionKeys: number
  /** The memory of Argon2, in KiB. */
  readonly maxArgon2KiB: number
  /** Bytes of the whole file: no chunk of it is longer. */
  readonly fileBytes: number
}

/**
 * Walks the packets in front of the encrypted data without any cryptography. A message whose keys would cost more than
 * `caps` allow is refused with `TooLarge`, one that begins with anything else with `NotOpenPGP`, one without integrity
 * protection with `Unauthenticated`.
 */
export function scanSessionKeys(head: Uint8Array, caps: DerivationCaps): SessionKeyScan {
  const { maxSessionKeys } = caps
  const counts = { passphrases: 0, publicKeys: 0 }
  let argon2KiB = 0
  let hashedBytes = 0
  let at = 0
  for (;;) {
    const packet = headerAt(head, at)
    const encryption = packet && dataTags[packet.tag]
    if (encryption && counts.passphrases + counts.publicKeys > 0)
      return accept({ encryption, ...counts, dataAt: at }, head.subarray(packet.body), caps.fileBytes)
    if (
      !packet ||
      packet.length === undefined ||
      !packet.last ||
      ![marker, publicKeySession, passphraseSession].includes(packet.tag)
    ) {
      throw new Defect('NotOpenPGP', 'The file does not begin with an encrypted OpenPGP message.')
    }
    if (packet.tag === publicKeySession) counts.publicKeys++
    if (packet.tag === passphraseSession) {
      counts.passphrases++
      const body = head.subarray(packet.body, packet.body + packet.length)
      refuseCipher(body)
      argon2KiB += argon2Cost(body, caps.maxArgon2KiB)
      if (argon2KiB > maxPasses * caps.maxArgon2KiB) throw tooCostly(caps.maxArgon2KiB)
      hashedBytes += hashedFor(body)
      if (hashedBytes > maxHashedBytes)
        throw new Defect('TooLarge', 'The message has more than 2 session keys that take long to derive.')
    }
    if (counts.passphrases + counts.publicKeys > maxSessionKeys) {
      throw new Defect('TooLarge', `The message has more than ${maxSessionKeys} session keys.`, {
        expected: maxSessionKeys,
      })
    }
    at = packet.body + packet.length
  }
}

function accept(scan: SessionKeyScan, data: Uint8Array, fileBytes: number): SessionKeyScan {
  if (scan.encryption === 'unprotected') {
    throw new Defect(
      'Unauthenticated',
      'The message has no integrity protection (no MDC), so damage would go unseen.',
    )
  }
  const isChunked = scan.encryption === 'aead' || data[0] === 2
  const chunkBytes = 2 ** ((data[3] ?? 0) + 6)
  // A chunk is kept in memory until it is proven. 4 MiB is the most that RFC 9580 allows.
  if (!isChunked || Math.min(chunkBytes, fileBytes / 8) <= 4 * 2 ** 20) return scan
  throw new Defect(
    'TooLarge',
    `The message is encrypted in chunks of 2^${(data[3] ?? 0) + 6} bytes, too long to be proven one by one.`,
    { actual: chunkBytes, expected: 4 * 2 ** 20 },
  )
}

/** Passes over all memory that is allowed, in all key derivations of a message. */
const maxPasses = 4

/** Twice what gpg hashes for a passphrase. openpgp.js has all of it in memory at once. */
const maxHashedBytes = 2 * 65_011_712
/** Where the derivation begins in a packet, by its version: after the cipher, the AEAD, and in version 6 two lengths. */
const derivationAt: Readonly<Record<number, number>> = { 4: 2, 5: 3, 6: 5 }

/** Bytes that are hashed to derive the key of a packet, iterated and salted; 0 where another way is used. */
function hashedFor(body: Uint8Array): number {
  const at = derivationAt[body[0] ?? 0]
  if (at === undefined || body[at] !== 3) return 0
  const coded = body[at + 10] ?? 0
  return (16 + (coded & 15)) * 2 ** ((coded >> 4) + 6)
}

/** KiB that Argon2 fills to derive the key of a packet, all passes together; 0 where it is not used. */
function argon2Cost(body: Uint8Array, maxArgon2KiB: number): number {
  const at = derivationAt[body[0] ?? 0]
  if (at === undefined || body[at] !== 4) return 0
  const [passes = 0, , exponent = 0] = body.subarray(at + 17)
  if (2 ** exponent > maxArgon2KiB) throw tooCostly(maxArgon2KiB)
  return passes * 2 ** exponent
}

function tooCostly(maxArgon2KiB: number): Defect {
  const sentence = `The key derivation of the message asks for more than ${maxArgon2KiB / 1024} MiB of memory, or too often for it.`
  return new Defect('TooLarge', sentence, { expected: maxArgon2KiB * 1024 })
}

function refuseCipher(body: Uint8Array): void {
  const number = body[body[0] === 6 ? 2 : 1]
  if (number === undefined || supported.includes(number)) return
  const cipher = unsupported[number] ?? `cipher ${number}`
  throw new Defect('UnsupportedCipher', `The message is encrypted with ${cipher}, which is not supported.`, {
    actual: cipher,
  })
}
