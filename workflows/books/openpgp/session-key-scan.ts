import { Defect } from '../defect.ts'
import { headerAt } from './packet-header.ts'

const marker = 10
const publicKeySession = 1
const passphraseSession = 3
const dataTags: Readonly<Record<number, Encryption>> = { 9: 'unprotected', 18: 'integrity', 20: 'aead' }
/** Ciphers that openpgp.js cannot do, by their number in RFC 9580. */
const unsupported: Readonly<Record<number, string>> = {
  1: 'IDEA',
  11: 'Camellia',
  12: 'Camellia',
  13: 'Camellia',
}

type Encryption = 'unprotected' | 'integrity' | 'aead'

/** How a message is encrypted, read from the packets before its data. */
export interface SessionKeyScan {
  readonly encryption: Encryption
  readonly passphrases: number
  readonly publicKeys: number
  /** Where the packet with the data begins. */
  readonly dataAt: number
}

/**
 * Walks the packets in front of the encrypted data without any cryptography. Each session key costs a slow key
 * derivation on the event loop, so an archive with more than `maxSessionKeys` of them is refused with `TooLarge`,
 * one that begins with anything else with `NotOpenPGP`, one without integrity protection with `Unauthenticated`.
 */
export function scanSessionKeys(head: Uint8Array, maxSessionKeys: number): SessionKeyScan {
  const counts = { passphrases: 0, publicKeys: 0 }
  let at = 0
  for (;;) {
    const packet = headerAt(head, at)
    const encryption = packet && dataTags[packet.tag]
    if (encryption && counts.passphrases + counts.publicKeys > 0)
      return accept({ encryption, ...counts, dataAt: at })
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
      refuseCipher(head.subarray(packet.body, packet.body + packet.length))
    }
    if (counts.passphrases + counts.publicKeys > maxSessionKeys) {
      throw new Defect('TooLarge', `The message has more than ${maxSessionKeys} session keys.`, {
        expected: maxSessionKeys,
      })
    }
    at = packet.body + packet.length
  }
}

function accept(scan: SessionKeyScan): SessionKeyScan {
  if (scan.encryption !== 'unprotected') return scan
  throw new Defect(
    'Unauthenticated',
    'The message has no integrity protection (no MDC), so damage would go unseen.',
  )
}

function refuseCipher(body: Uint8Array): void {
  const cipher = unsupported[body[1] ?? 0]
  if (body[0] !== 4 || cipher === undefined) return
  throw new Defect('UnsupportedCipher', `The message is encrypted with ${cipher}, which is not supported.`, {
    actual: cipher,
  })
}
