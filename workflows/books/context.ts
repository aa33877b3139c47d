import type { Grin } from './grin/grin.ts'
import type { Keyring } from './keyring.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Source } from './source/source.ts'
import type { Storage } from './storage/storage.ts'

/** How much an archive may hold when it is unpacked; what is left out depends on its size. */
export interface UnpackLimits {
  readonly files?: number | undefined
  readonly bytes?: number | undefined
}

/** Limits for the work on an archive. */
export interface BookLimits extends UnpackLimits {
  /** Memory that the derivation of a key by Argon2 may take, in MiB, from 1 to 2,048; 128 by default. */
  readonly argon2Mebibytes?: number | undefined
}

/** What the stages of the book workflow are given. Buckets are found by the names in the states. */
export interface BookContext {
  readonly source: Source
  /** Where books are converted on request; left out in an app that has none to ask. */
  readonly grin?: Grin | undefined
  /** What is known of all books of the library; left out in an app that keeps none. */
  readonly ledger?: Ledger | undefined
  /** Opens the keyring anew each time, so that a passphrase can be added while everything runs. */
  readonly keyring: () => Promise<Keyring>
  /** The folder of a processing bucket; throws if the app has none of that name. */
  readonly processing: (bucket: string) => string
  /** The storage of a done bucket. */
  readonly storage: (bucket: string) => Storage
  /** The folder in which a done bucket's `books_export.csv` is kept. */
  readonly exports: (bucket: string) => string
  readonly limits: BookLimits
  /** How long books wait when a disk takes no more, in milliseconds. */
  readonly diskRestMs: number
  /** The time, in milliseconds since 1970. */
  readonly now: () => number
  /** Whether the token of a barcode has left the workflow, cancelled or done; false if there has never been one. */
  readonly hasLeft: (barcode: string) => Promise<boolean>
}
