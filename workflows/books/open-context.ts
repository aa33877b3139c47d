import { basename } from 'node:path'
import { isNativeError } from 'node:util/types'
import type { Journey } from 'pipewright/backend'
import type { BookContext, BookLimits } from './context.ts'
import { Defect } from './defect.ts'
import type { Grin } from './grin/grin.ts'
import { type KeyringOptions, openKeyring } from './keyring.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Source } from './source/source.ts'
import type { Storage } from './storage/storage.ts'

/** Where everything of the book workflow is; folders are absolute. */
export interface Places {
  readonly source: Source
  readonly grin?: Grin | undefined
  readonly ledger?: Ledger | undefined
  readonly keyring: KeyringOptions
  /** Folders of processing buckets, by name. */
  readonly processing: Readonly<Record<string, string>>
  /** Done buckets by name: their storage, and the folder of their export. */
  readonly done: Readonly<Record<string, { readonly storage: Storage; readonly exports: string }>>
  /** How much an archive may hold, and cost; what is left out depends on its size, or has a default. */
  readonly limits?: BookLimits
  /** How long books wait when a disk takes no more, in milliseconds; a minute by default. */
  readonly diskRestMs?: number
  /** The time, in milliseconds since 1970; by default that of the machine. */
  readonly now?: () => number
  /** What the history knows of a token; without it the files of cancelled books stay. */
  readonly journey?: (barcode: string) => Promise<Pick<Journey, 'queue' | 'finishedAt'> | undefined>
}

/** The context of the stages at `places`. */
export function openContext({
  source,
  grin,
  ledger,
  keyring,
  processing,
  done,
  limits = {},
  diskRestMs = 60_000,
  now = Date.now,
  journey,
}: Places): BookContext {
  return {
    source,
    grin,
    ledger,
    limits,
    diskRestMs,
    now,
    keyring: () => openKeyring(keyring).catch((error) => Promise.reject(withoutFolder(error, keyring.file))),
    processing: (bucket) => known(processing, bucket, 'processing'),
    storage: (bucket) => known(done, bucket, 'done').storage,
    exports: (bucket) => known(done, bucket, 'done').exports,
    async hasLeft(barcode) {
      const known = await journey?.(barcode)
      return known !== undefined && (known.queue === undefined || known.finishedAt !== undefined)
    },
  }
}

/** Messages at the desk do not say where this machine has its files. */
function withoutFolder(error: unknown, file: string | undefined): unknown {
  if (!isNativeError(error) || file === undefined) return error
  return new Error(error.message.replaceAll(file, basename(file)), { cause: error })
}

function known<T>(buckets: Readonly<Record<string, T>>, name: string, what: string): T {
  const bucket = Object.hasOwn(buckets, name) ? buckets[name] : undefined
  if (bucket !== undefined) return bucket
  const names = Object.keys(buckets).join(', ')
  throw new Defect('UnknownBucket', `The app has no ${what} bucket called ${name}; it has ${names}.`)
}
