import { Defect } from '../defect.ts'

/** Ciphers that openpgp.js cannot do, by their number in RFC 9580. */
const unsupported: Readonly<Record<number, string>> = {
  1: 'IDEA',
  11: 'Camellia',
  12: 'Camellia',
  13: 'Camellia',
}
const supported = [2, 3, 4, 7, 8, 9, 10]
/** Where the derivation begins in a packet, by its version: after the cipher, the AEAD, and in version 6 two lengths. */
const derivationAt: Readonly<Record<number, number>> = { 4: 2, 5: 3, 6: 5 }
/** Simple, salted, iterated and salted, Argon2. */
const derivations = [0, 1, 3, 4]
/** Passes over all memory that is allowed, in all key derivations of a message. */
const maxPasses = 4
/** Twice what gpg hashes for a passphrase. openpgp.js has all of it in memory at once. */
const maxHashedBytes = 2 * 65_011_712

/** Bounds what the keys of one message cost to derive. */
export interface DerivationCap {
  /** Adds the body of a session-key packet; throws `TooLarge`, or `UnsupportedCipher` for an unknown cipher. */
  readonly add: (body: Uint8Array) => void
  /** Throws `UnsupportedCipher` if keys were added, but openpgp.js can derive none of them. */
  readonly refuseUnknown: () => void
}

/** Makes the cap for one message; memory is that of Argon2. */
export function makeDerivationCap(maxArgon2KiB: number): DerivationCap {
  let argon2KiB = 0
  let hashedBytes = 0
  let isAnyKnown = false
  let passedOver: Defect | undefined
  return {
    refuseUnknown() {
      if (passedOver && !isAnyKnown) throw passedOver
    },
    add(body) {
      const at = findDerivation(body)
      if (at instanceof Defect) {
        // As the standard asks: another key may open the message.
        passedOver = at
        return
      }
      isAnyKnown = true
      const derivation = body.subarray(at)
      argon2KiB += argon2Cost(derivation, maxArgon2KiB)
      if (argon2KiB > maxPasses * maxArgon2KiB) throw tooCostly(maxArgon2KiB)
      hashedBytes += hashedFor(derivation)
      if (hashedBytes > maxHashedBytes)
        throw new Defect('TooLarge', 'The message has more than 2 session keys that take long to derive.')
    },
  }
}

/** Where the derivation is, or why openpgp.js passes over the packet. */
function findDerivation(body: Uint8Array): number | Defect {
  const [version = 0] = body
  const at = derivationAt[version]
  if (at === undefined) return unknown(`comes in a packet of version ${version}`, version)
  const cipher = body[version === 6 ? 2 : 1]
  if (cipher !== undefined && !supported.includes(cipher)) {
    const actual = unsupported[cipher] ?? `cipher ${cipher}`
    const sentence = `The message is encrypted with ${actual}, which is not supported.`
    throw new Defect('UnsupportedCipher', sentence, { actual })
  }
  const way = body[at] ?? 0
  if (!derivations.includes(way)) return unknown(`is derived in way ${way}`, way)
  return at
}

function unknown(how: string, actual: number): Defect {
  return new Defect('UnsupportedCipher', `The key of the message ${how}, which is not supported.`, { actual })
}

/** Bytes that are hashed to derive a key, iterated and salted; 0 where another way is used. */
function hashedFor(derivation: Uint8Array): number {
  if (derivation[0] !== 3) return 0
  const coded = derivation[10] ?? 0
  return (16 + (coded & 15)) * 2 ** ((coded >> 4) + 6)
}

/** KiB that Argon2 fills to derive a key, all passes together; 0 where it is not used. */
function argon2Cost(derivation: Uint8Array, maxArgon2KiB: number): number {
  if (derivation[0] !== 4) return 0
  const [passes = 0, , exponent = 0] = derivation.subarray(17)
  if (2 ** exponent > maxArgon2KiB) throw tooCostly(maxArgon2KiB)
  return passes * 2 ** exponent
}

function tooCostly(maxArgon2KiB: number): Defect {
  const most = `${maxArgon2KiB / 1024} MiB`
  const sentence = `The key derivation of the message asks for more than ${most} of memory, or too often for it; \`limits.argon2Mebibytes\` in the config may allow more.`
  return new Defect('TooLarge', sentence, { expected: maxArgon2KiB * 1024 })
}
