import { randomBytes } from 'node:crypto'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import * as openpgp from 'openpgp'
import { book, pages } from './good-book.ts'
import type { Hostile } from './hostile.ts'
import { endless, literal, packet, protect, publicSessionKey, seal, sessionKey } from './packets.ts'

/** The passphrase of the sample's keyring. */
export const passphrase = 'correct horse battery staple'

const mib = 2 ** 20
const honest = (barcode: string) => literal(gzipSync(book(pages(barcode))))
const compressed = (packets: Buffer) => packet(8, Buffer.concat([Buffer.of(2), deflateSync(packets)]))
const zipped = (packets: Buffer) => packet(8, Buffer.concat([Buffer.of(1), deflateRawSync(packets)]))
const times = (count: number, one: () => Buffer) => Buffer.concat(Array.from({ length: count }, one))

const message = (make: (barcode: string) => Buffer, reason: RegExp, short?: true): Hostile => ({
  message: make,
  reason,
  ...(short && { short }),
})
const sealed = (packets: (barcode: string) => Buffer, reason: RegExp, short?: true) =>
  message((barcode) => seal(packets(barcode), passphrase), reason, short)

/** A message with AEAD, in chunks of `2 ** (octet + 6)` bytes. */
async function aead(content: Buffer, octet: number): Promise<Buffer> {
  const config = { aeadProtect: true, aeadChunkSizeByte: octet, s2kIterationCountByte: 0 }
  const packed = await openpgp.createMessage({ binary: new Uint8Array(content) })
  const encrypted = await openpgp.encrypt({
    message: packed,
    passwords: passphrase,
    format: 'binary',
    config,
  })
  return Buffer.from(encrypted as Uint8Array)
}

const tooManyKeys = /^TooLarge: The message has more than 8 session keys\.$/
const tooMuch = /^TooLarge: The message unpacks to more than its size allows\.$/
const notEncrypted = /^NotOpenPGP: The file does not begin with an encrypted OpenPGP message\.$/
const wrong =
  /^WrongPassphraseOrDamaged: The file does not open: the passphrase is wrong, or the beginning of the file is damaged\.$/
const damaged = /^Damaged: The file is damaged: .*\.$/
const noContent = /^BadFile: The message is not one file encrypted once, or it is damaged\.$/
const notOneFile = /^BadFile: The message is not one file encrypted once\.$/
const tooCostly = /^TooLarge: The key derivation of the message asks for more than /

/** Encrypted files that harm a program that decrypts them carelessly, by what they are. */
export const messages: Readonly<Record<string, Hostile>> = {
  'a compressed bomb': sealed(() => compressed(literal(Buffer.alloc(100 * mib))), tooMuch, true),
  'a zipped bomb': sealed(() => zipped(literal(Buffer.alloc(100 * mib))), tooMuch),
  'a bomb in a bomb': sealed(() => compressed(compressed(literal(Buffer.alloc(100 * mib)))), notOneFile),
  'compressed 32 times': sealed((barcode) => {
    let packets = honest(barcode)
    for (let round = 0; round < 32; round++) packets = compressed(packets)
    return packets
  }, notOneFile),
  'a message in a message': sealed((barcode) => seal(honest(barcode), passphrase), noContent, true),
  'a message that claims to be compressed': sealed(
    () => Buffer.concat([Buffer.of(0xa3, 0), packet(18, randomBytes(3 * mib))]),
    notOneFile,
  ),
  'a long signature after compressed content': sealed(
    (barcode) => Buffer.concat([compressed(honest(barcode)), packet(2, randomBytes(200 * mib))]),
    notOneFile,
  ),
  'a compressed bomb that is not encrypted': message(
    () => compressed(literal(Buffer.alloc(100 * mib))),
    notEncrypted,
  ),
  'content that is not encrypted': message(honest, notEncrypted, true),
  '200 session keys': message(() => times(200, sessionKey), tooManyKeys, true),
  '2,000 session keys': message(
    (barcode) => Buffer.concat([times(2000, sessionKey), seal(honest(barcode), passphrase)]),
    tooManyKeys,
  ),
  '2,000 session keys for public keys': message(() => times(2000, publicSessionKey), tooManyKeys),
  'eight session keys as slow as can be': message(
    () => Buffer.concat([times(8, () => sessionKey({ count: 255 })), packet(18, randomBytes(500))]),
    /^TooLarge: The message has more than 2 session keys that take long to derive\.$/,
  ),
  'two session keys as slow as can be': message(
    (barcode) =>
      Buffer.concat([
        times(2, () => sessionKey({ count: 255 })),
        packet(18, protect(honest(barcode), passphrase)),
      ]),
    wrong,
    true,
  ),
  'keys by Argon2 in two gibibytes': message(
    (barcode) =>
      Buffer.concat([sessionKey({ argon2: [1, 4, 21] }), packet(18, protect(honest(barcode), passphrase))]),
    tooCostly,
    true,
  ),
  'keys by Argon2 in two tebibytes': message(
    () => Buffer.concat([sessionKey({ argon2: [1, 4, 31] }), packet(18, randomBytes(100))]),
    tooCostly,
  ),
  'keys by 255 passes of Argon2': message(
    () => Buffer.concat([sessionKey({ argon2: [255, 4, 18] }), packet(18, randomBytes(100))]),
    tooCostly,
    true,
  ),
  'eight keys by Argon2': message(
    () => Buffer.concat([times(8, () => sessionKey({ argon2: [1, 4, 18] })), packet(18, randomBytes(100))]),
    tooCostly,
  ),
  'marker packets without end': message(
    () => times(200_000, () => packet(10, Buffer.from('PGP'))),
    notEncrypted,
  ),
  'parts without a last one': message(
    (barcode) =>
      Buffer.concat([
        sessionKey(),
        endless(18, protect(literal(randomBytes(3 * mib)), passphrase), 16),
        Buffer.from(barcode),
      ]),
    damaged,
  ),
  'a gibibyte promised as its first part': message(
    (barcode) => Buffer.concat([sessionKey(), Buffer.of(0xd2, 0xfe), protect(honest(barcode), passphrase)]),
    damaged,
  ),
  'content longer than its packet': sealed(
    () => packet(11, Buffer.from('b\0\0\0\0\0short', 'latin1'), 2 ** 31),
    damaged,
  ),
  'a cut in the middle': message((barcode) => seal(honest(barcode), passphrase).subarray(0, -200), damaged),
  'no proof of integrity': message(
    (barcode) => Buffer.concat([sessionKey(), packet(9, protect(honest(barcode), passphrase).subarray(1))]),
    /^Unauthenticated: The message has no integrity protection \(no MDC\), so damage would go unseen\.$/,
    true,
  ),
  'a wrong proof of integrity': message(
    (barcode) =>
      Buffer.concat([sessionKey(), packet(18, protect(honest(barcode), passphrase, randomBytes(20)))]),
    damaged,
  ),
  'a wrong passphrase': message((barcode) => seal(honest(barcode), 'another one'), wrong, true),
  Camellia: message(
    (barcode) =>
      Buffer.concat([sessionKey({ cipher: 13 }), packet(18, protect(honest(barcode), passphrase))]),
    /^UnsupportedCipher: The message is encrypted with Camellia, which is not supported\.$/,
  ),
  'an unknown cipher': message(
    (barcode) =>
      Buffer.concat([sessionKey({ cipher: 99 }), packet(18, protect(honest(barcode), passphrase))]),
    /^UnsupportedCipher: The message is encrypted /,
  ),
  'a key that is not here': message(
    (barcode) => Buffer.concat([publicSessionKey(), packet(18, protect(honest(barcode), passphrase))]),
    /^NotForPassphrase: The message is encrypted to a public key, so no passphrase can open it\.$/,
  ),
  'two contents': sealed((barcode) => Buffer.concat([honest(barcode), honest(barcode)]), notOneFile),
  'two long contents': sealed(() => times(2, () => literal(randomBytes(2 * mib))), notOneFile),
  'two messages': message((barcode) => times(2, () => seal(honest(barcode), passphrase)), notOneFile),
  'garbage after the message': message(
    (barcode) => Buffer.concat([seal(honest(barcode), passphrase), Buffer.from('garbage')]),
    notOneFile,
  ),
  'AEAD in chunks of four exbibytes': {
    message: () => aead(randomBytes(150 * mib), 56),
    reason: /^TooLarge: The message is encrypted in chunks of /,
  },
  'armor of 20 MB': message(
    () => Buffer.from(`-----BEGIN PGP MESSAGE-----\n\n${'A'.repeat(20e6)}`),
    /^TooLarge: The file is ASCII-armored and larger than 16777216 bytes; send it in binary\.$/,
  ),
  'nothing at all': message(() => Buffer.alloc(0), notEncrypted),
  'a megabyte of noise': message(() => Buffer.concat([Buffer.of(0), randomBytes(mib)]), notEncrypted),
}
