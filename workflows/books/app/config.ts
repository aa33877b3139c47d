import { availableParallelism } from 'node:os'
import { databaseUrl, filePath } from 'pipewright'
import * as z from 'zod'

/** Decrypting and unpacking compute, each in processes of its own: together they have a processor each. */
const hosts = Math.min(64, Math.max(1, availableParallelism() >> 1))
const Concurrency = z.number().int().min(1).max(64)

/** Google's Return Interface, and which of its books are taken. */
const GrinConfig = z.strictObject({
  /** The library's directory, in upper and lower case as GRIN has it. */
  directory: z.string().min(1),
  /** A JSON file with `client_id`, `client_secret` and `refresh_token`, as Google's tools write it for a user who has logged in. */
  credentials: filePath(),
  base: z.url().default('https://books.google.com/libraries'),
  /** Minutes from one look at the conversions to the next. */
  pollMinutes: z.number().min(0.01).max(1440).default(30),
  /** Days after which a conversion is lost. */
  lostAfterDays: z.number().int().min(1).max(365).default(14),
  /** `listed`: the books that you let enter; `all`: all of the library, from the ledger, by themselves. */
  wanted: z.enum(['listed', 'all']).default('listed'),
  /** With `all`: how many books are under way at once, those included whose conversion is waited for. */
  underWay: z.number().int().min(1).max(1_000_000).default(20_000),
  /** The SQLite file that knows all books of the library. */
  ledger: filePath().default('data/ledger.db'),
  /** When the lists of all books are taken into the ledger, as a cron pattern in UTC. */
  survey: z.string().default('0 3 * * *'),
})

/** The config of the app of books. Every key has a default; together they work on the shipped sample in `./data`. */
export const BooksConfig = z.strictObject({
  /** The folder of encrypted archives, `{barcode}.tar.gz.gpg` each. */
  source: filePath().default('data/source'),
  /** Asked for books in place of the folder. */
  grin: GrinConfig.optional(),
  /** Whether the sample is laid out in the source folder if that is empty. */
  sample: z.boolean().default(true),
  /** Where books are while they are worked on. */
  processing: filePath().default('data/processing'),
  /** Where results go (with S3: only the export). */
  done: filePath().default('data/done'),
  /** `s3` reads its bucket and keys from the environment; see `s3ConfigFrom`. */
  storage: z.enum(['folder', 's3']).default('folder'),
  /** A JSON file of passphrases by name; PIPEWRIGHT_PASSPHRASE_<NAME> in the environment is added. */
  keyring: filePath().default('data/keyring.json'),
  /** The name of the passphrase that is tried first. */
  passphrase: z.string().default('sample'),
  /** Where the queues are: a SQLite file, `postgres://...`, or any other that `openBackend` takes. */
  database: databaseUrl().default('queues.db'),
  /** How many days the history of books that have left is kept, in a SQLite file or on Postgres; by default for ever. */
  historyDays: z.number().int().min(1).optional(),
  /** How many books each worker process works on at once, by stage. */
  concurrency: z
    .strictObject({
      download: Concurrency.default(4),
      decrypt: Concurrency.default(hosts),
      unpack: Concurrency.default(hosts),
      modify: Concurrency.default(2),
      upload: Concurrency.default(4),
    })
    .prefault({}),
  /** How much an archive may hold when it is unpacked, which by default depends on its size, and what it may cost. */
  limits: z
    .strictObject({
      files: z.number().int().min(1).max(1_000_000).optional(),
      mebibytes: z.number().int().min(1).max(1_048_576).optional(),
      /** Memory that deriving a key by Argon2 may take; 128 MiB by default. RFC 9580 recommends 2,048. */
      argon2Mebibytes: z.number().int().min(1).max(2048).optional(),
    })
    .prefault({}),
  /** The disk of the processing folder. */
  disk: z
    .strictObject({
      /** Gibibytes that stay free on it: no book is downloaded that would take them. */
      reserveGibibytes: z.number().min(0).max(1_048_576).default(2),
    })
    .prefault({}),
  /** The review API. Any host but a loopback one needs a token, from PIPEWRIGHT_TOKEN in the environment. */
  serve: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: z.number().int().min(0).max(65_535).default(4717),
    })
    .prefault({}),
})
export type BooksConfig = z.output<typeof BooksConfig>
