import { isNativeError } from 'node:util/types'
import { Defect, type DefectKind } from '../defect.ts'

const wrongOrDamaged = [
  'WrongPassphraseOrDamaged',
  'The file does not open: the passphrase is wrong, or the file is damaged.',
] as const

/** What openpgp.js says, in the order in which it is looked at, and what that means to the person who reviews the book. */
const meanings: readonly [RegExp, DefectKind, string][] = [
  [
    /argon2 required memory/i,
    'TooLarge',
    'The key derivation of the message asks for more memory than is allowed.',
  ],
  [/maximum decompressed message size/i, 'TooLarge', 'The message unpacks to more than its size allows.'],
  [
    /no symmetrically encrypted session key/i,
    'NotForPassphrase',
    'The message is encrypted to a key that is not here.',
  ],
  [
    /session key decryption failed|incorrect key passphrase/i,
    'WrongPassphraseOrDamaged',
    'The file does not open: the passphrase is wrong, or the beginning of the file is damaged.',
  ],
  [
    // What a wrong key has made of the message is parsed before its integrity is known; mostly it is no packet at all.
    /modification detected|authentication tag|unexpected end|error during parsing/i,
    ...wrongOrDamaged,
  ],
  [
    /unsupported|not supported|invalid enum value|non-preferred|unknown cipher|version .* of the/i,
    'UnsupportedCipher',
    'The message is encrypted in a way that is not supported.',
  ],
  [
    /conform to a valid openpgp|packet not allowed|unexpected packet|unknown packet|trailing signature|no encrypted data/i,
    'BadFile',
    'The message is not one file encrypted once.',
  ],
]

/**
 * Translates what openpgp.js throws; errors of the file system and defects pass through. `fits` says that the
 * passphrase has been proven to be the right one, so that it must be the file.
 */
export function decryptDefect(error: unknown, fits: boolean): unknown {
  if (error instanceof Defect || (isNativeError(error) && 'syscall' in error)) return error
  const detail = isNativeError(error) ? error.message : String(error)
  const [, ...meaning] = meanings.find(([pattern]) => pattern.test(detail)) ?? [undefined, ...wrongOrDamaged]
  const [kind, sentence] = meaning
  if (!fits || kind !== 'WrongPassphraseOrDamaged') return new Defect(kind, sentence, { detail }, error)
  const how = /unexpected end/i.test(detail) ? 'it ends too early' : 'its content is not intact'
  return new Defect('Damaged', `The file is damaged: ${how}. The passphrase fits.`, { detail }, error)
}
