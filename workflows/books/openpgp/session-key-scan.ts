import { Defect } from '../defect.ts'
import { makeDerivationCap } from './derivation-cap.ts'
import { headerAt } from './packet-header.ts'

const marker = 10
const publicKeySession = 1
const passphraseSession = 3
const dataTags: Readonly<Record<number, Encryption>> = { 9: 'unprotected', 18: 'integrity', 20: 'aead' }

type Encryption = 'unprotected' | 'integrity' | 'aead'

/** How a message is encrypted, read from the packets before its data. */
export interface SessionKeyScan {
  readonly encryption: Encryption
  readonly passphrases: number
  readonly publicKeys: number
  /** Whether every key that a passphrase opens proves that it is the right one. */
  readonly provesPassphrase: boolean
  /** Bytes that are proven together, where it is done in chunks; else 0. */
  readonly chunkBytes: number
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
  let provesPassphrase = true
  const derivations = makeDerivationCap(caps.maxArgon2KiB)
  let at = 0
  for (;;) {
    const packet = headerAt(head, at)
    const encryption = packet && dataTags[packet.tag]
    if (encryption && counts.passphrases + counts.publicKeys > 0) {
      derivations.refuseUnknown()
      const scan = { encryption, ...counts, provesPassphrase, chunkBytes: 0, dataAt: at }
      return accept(scan, head.subarray(packet.body), caps.fileBytes)
    }
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
      derivations.add(body)
      provesPassphrase &&= body[0] !== 4
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
  if (!isChunked) return scan
  const chunkBytes = 2 ** ((data[3] ?? 0) + 6)
  // A chunk is kept in memory until it is proven. 4 MiB is the most that RFC 9580 allows.
  if (Math.min(chunkBytes, fileBytes / 8) <= 4 * 2 ** 20) return { ...scan, chunkBytes }
  throw new Defect(
    'TooLarge',
    `The message is encrypted in chunks of 2^${(data[3] ?? 0) + 6} bytes, too long to be proven one by one.`,
    { actual: chunkBytes, expected: 4 * 2 ** 20 },
  )
}
