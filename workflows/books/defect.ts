/** What can be wrong with a book. Kept close to the vocabulary that HathiTrust's feed uses for the same packages. */
export type DefectKind =
  | 'BadChecksum'
  | 'BadFile'
  | 'BadFilename'
  | 'BadUTF'
  | 'ConversionFailed'
  | 'Damaged'
  | 'GRINError'
  | 'Lost'
  | 'MissingField'
  | 'MissingFile'
  | 'NotEqualValues'
  | 'NotForPassphrase'
  | 'NotOpenPGP'
  | 'OperationFailed'
  | 'Stalled'
  | 'TooLarge'
  | 'Unauthenticated'
  | 'Unavailable'
  | 'UnknownAnswer'
  | 'UnknownBucket'
  | 'UnknownPassphrase'
  | 'UnsupportedCipher'
  | 'WrongPassphraseOrDamaged'

/** Where a defect is, and the two values that disagree. */
export interface DefectDetails {
  readonly file?: string
  readonly field?: string
  readonly actual?: string | number
  readonly expected?: string | number
  readonly detail?: string
  /** A person may decide to go on in spite of it: the name under which that is remembered. */
  readonly acceptable?: string
}

/** The outside world failed, not the book: the only kinds that another attempt can cure. */
const curable: readonly DefectKind[] = ['GRINError', 'OperationFailed']

/**
 * A book, or the handling of one, is defective; `message` is one sentence for the person who reviews it.
 * Its fields are plain values, so that it survives being sent between processes.
 */
export class Defect extends Error {
  override readonly name = 'Defect'
  readonly kind: DefectKind
  readonly code: DefectKind
  readonly file?: string
  readonly field?: string
  readonly actual?: string | number
  readonly expected?: string | number
  readonly detail?: string
  readonly acceptable?: string
  /** Present when the same input will fail again: the framework then makes no further attempt. */
  readonly retry?: false

  constructor(kind: DefectKind, message: string, details: DefectDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.code = kind
    Object.assign(this, details)
    if (!curable.includes(kind)) this.retry = false
  }

  /** What it says beside its kind and message, as plain data: the framework passes it to a review. */
  get details(): DefectDetails {
    const { file, field, actual, expected, detail, acceptable } = this
    const all = { file, field, actual, expected, detail, acceptable }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  }

  /** The same defect with more to say. */
  with(more: DefectDetails): Defect {
    return new Defect(this.kind, this.message, { ...this.details, ...more }, this.cause)
  }
}
