/**
 * A book made to do harm: one of the makers, and what the reason of its review must be, `name: message`. Without one
 * it must reach storage, and be harmless there.
 */
export interface Hostile {
  /** The archive, to be encrypted. */
  readonly archive?: (barcode: string) => Buffer
  /** The encrypted file. */
  readonly message?: (barcode: string) => Buffer | Promise<Buffer>
  readonly reason?: RegExp
  /** Also in the short form: cheap, and dangerous. */
  readonly short?: true
}
