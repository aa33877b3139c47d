import { chmod, copyFile, mkdir, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, relative } from 'node:path'
import { type AppQueues, defineApp, filePath, type Log } from 'pipewright'
import { sqlite } from 'pipewright/sqlite'
import * as z from 'zod'
import type { BookContext } from '../workflows/books/context.ts'
import { openGrin } from '../workflows/books/grin/grin.ts'
import { loginWith } from '../workflows/books/grin/login.ts'
import { idOfBook } from '../workflows/books/id-of-book.ts'
import { type Keyring, openKeyring } from '../workflows/books/keyring.ts'
import { olderBooks } from '../workflows/books/older-books.ts'
import { openContext } from '../workflows/books/open-context.ts'
import { layOutSample, sampleKeyring } from '../workflows/books/sample/lay-out-sample.ts'
import { folderSource } from '../workflows/books/source/folder-source.ts'
import { grinSource } from '../workflows/books/source/grin-source.ts'
import { Converted } from '../workflows/books/states/converted.ts'
import { Wanted } from '../workflows/books/states/wanted.ts'
import { folderStorage } from '../workflows/books/storage/folder-storage.ts'
import { s3ConfigFrom } from '../workflows/books/storage/s3-config.ts'
import { s3Storage } from '../workflows/books/storage/s3-storage.ts'
import { sweepBucket } from '../workflows/books/sweep.ts'
import { makeBooks } from '../workflows/books/workflow.ts'

/** Decrypting and unpacking compute, each in processes of its own: together they have a processor each. */
const hosts = Math.min(64, Math.max(1, availableParallelism() >> 1))
const Concurrency = z.number().int().min(1).max(64)

/** Every key has a default; together they work on the shipped sample in `./data`. */
const Config = z.strictObject({
  /** The folder of encrypted archives, `{barcode}.tar.gz.gpg` each. */
  source: filePath().default('data/source'),
  /** Google's Return Interface, which is then asked for books in place of the folder. */
  grin: z
    .strictObject({
      /** The library's directory, in upper and lower case as GRIN has it. */
      directory: z.string().min(1),
      /** A JSON file with `client_id`, `client_secret` and `refresh_token`, as Google's tools write it for a user who has logged in. */
      credentials: filePath(),
      base: z.url().default('https://books.google.com/libraries'),
      /** Minutes from one look at the conversions to the next. */
      pollMinutes: z.number().min(0.01).max(1440).default(30),
      /** Days after which a conversion is lost. */
      lostAfterDays: z.number().int().min(1).max(365).default(14),
    })
    .optional(),
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
  database: filePath().default('queues.db'),
  /** How many days the history of books that have left is kept; by default for ever. */
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
  /** The review API. Any host but a loopback one needs a token, from PIPEWRIGHT_TOKEN in the environment. */
  serve: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: z.number().int().min(0).max(65_535).default(4717),
    })
    .prefault({}),
})
type Config = z.output<typeof Config>

const minute = 60_000
const day = 24 * 60 * minute

export default defineApp({
  name: 'books',
  config: Config,
  older: olderBooks,
  open(config: Config, { log }) {
    const { concurrency, limits, serve } = config
    const grin = config.grin && { ...config.grin, client: clientOf(config.grin) }
    const { PIPEWRIGHT_TOKEN: token } = process.env
    const keyring = { file: config.keyring, env: process.env }
    return {
      workflow: makeBooks({
        download: { concurrency: concurrency.download },
        decrypt: { concurrency: concurrency.decrypt },
        unpack: { concurrency: concurrency.unpack },
        modify: { concurrency: concurrency.modify },
        upload: { concurrency: concurrency.upload },
        awaitConversion: grin && {
          everyMs: grin.pollMinutes * minute,
          lostAfterMs: grin.lostAfterDays * day,
        },
      }),
      backend: async () => {
        await mkdir(dirname(config.database), { recursive: true })
        return sqlite(config.database, {
          historyDays: config.historyDays,
          onWarning: (message) => log.warn(message),
          onNotice: (message) => log.info(message),
        })
      },
      async context({ journey }: Pick<AppQueues, 'journey'>) {
        const context = openContext({
          source: grin ? grinSource(grin.client) : folderSource(config.source),
          grin: grin?.client,
          keyring,
          processing: { processing: config.processing },
          done: { done: { storage: storageOf(config), exports: config.done } },
          limits: {
            files: limits.files,
            bytes: limits.mebibytes && limits.mebibytes * 2 ** 20,
            argon2Mebibytes: limits.argon2Mebibytes,
          },
          journey,
        })
        await sweep(context, config.processing, log)
        return context
      },
      idOf: idOfBook({ processing: ['processing'], done: ['done'] }),
      seed: {
        value: (barcode: string) => {
          const { passphrase } = config
          const book = { barcode, processing_bucket: 'processing', done_bucket: 'done', passphrase }
          return grin ? Wanted(book) : Converted(book)
        },
        async *all() {
          await prepare(config, log)
          // Without its keyring every book would end on a desk.
          refuseUnknown(config.passphrase, await openKeyring(keyring))
          // What a library wants of GRIN it says: all that GRIN has may be millions.
          if (!grin) yield* folderSource(config.source).barcodes()
        },
      },
      serve: token === undefined ? serve : { ...serve, token },
    }
  },
})

function clientOf({ base, directory, credentials }: NonNullable<Config['grin']>) {
  return openGrin({ base, directory, login: loginWith(credentials) })
}

/** If the user has written a passphrase in place of its name, it must be in no token, nor in the error. */
function refuseUnknown(passphrase: string, { names }: Keyring): void {
  if (names.includes(passphrase)) return
  const known = names.length === 0 ? 'and that is empty' : `which has ${names.join(', ')}`
  throw new Error(`"passphrase" in the config is to be the name of one in the keyring, ${known}.`)
}

/** Removes the files of cancelled books. If that fails, work goes on. */
async function sweep(context: BookContext, folder: string, log: Log): Promise<void> {
  try {
    const swept = await sweepBucket(context, folder)
    if (swept.length > 0) log.info('Removed what cancelled books had left.', { books: swept.join(',') })
  } catch (error) {
    log.warn('What cancelled books have left could not be removed.', { error: (error as Error).message })
  }
}

function storageOf({ storage, done }: Config) {
  return storage === 's3' ? s3Storage(s3ConfigFrom(process.env)) : folderStorage(done)
}

/** Makes the folders, lays out the sample if it is wanted, and says where everything is. */
async function prepare(config: Config, log: Log): Promise<void> {
  const { source, processing, done, keyring, database, serve } = config
  for (const folder of [source, processing, done, dirname(keyring)]) await mkdir(folder, { recursive: true })
  if (config.sample && !config.grin && (await layOutSample(source)).laidOut) {
    log.info(`The sample is in ${near(source)}: three good books, and broken ones made of them.`)
    await makeSampleKeyring(keyring)
  }
  const from = config.grin ? `GRIN (${config.grin.directory})` : near(source)
  log.info(`Books go from ${from} through ${near(processing)} to ${near(done)}.`)
  const api = serve.port === 0 ? 'URL' : `http://${serve.host}:${serve.port}`
  log.info(`What is broken waits for you: curl ${api}/reviews/review/tasks (and look at ${api}/docs).`)
  log.info(`Ask anything: sqlite3 -readonly ${near(database)} "select * from queues"`)
}

async function makeSampleKeyring(file: string): Promise<void> {
  const isThere = await stat(file).then(
    () => true,
    () => false,
  )
  if (isThere) return
  await copyFile(sampleKeyring, file)
  await chmod(file, 0o600)
}

function near(path: string): string {
  const short = relative(process.cwd(), path) || '.'
  return short.startsWith('..') ? path : short
}
