import { chmod, copyFile, mkdir, stat } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { type AppQueues, defineApp, type Log } from 'pipewright'
import { sqlite } from 'pipewright/sqlite'
import { BooksConfig } from '../workflows/books/config.ts'
import type { BookContext } from '../workflows/books/context.ts'
import { runFakeGrin } from '../workflows/books/fake-grin/run-fake-grin.ts'
import { idOfBook } from '../workflows/books/id-of-book.ts'
import { type Keyring, openKeyring } from '../workflows/books/keyring.ts'
import type { Ledger } from '../workflows/books/ledger/ledger.ts'
import { exportLedger } from '../workflows/books/ledger/ledger-csv.ts'
import { surveyTime } from '../workflows/books/ledger/survey-id.ts'
import { libraryOfGrin } from '../workflows/books/library-of-grin.ts'
import { olderBooks } from '../workflows/books/older-books.ts'
import { openContext } from '../workflows/books/open-context.ts'
import { measureRoom } from '../workflows/books/room.ts'
import { layOutSample, sampleKeyring } from '../workflows/books/sample/lay-out-sample.ts'
import { folderSource } from '../workflows/books/source/folder-source.ts'
import { grinSource } from '../workflows/books/source/grin-source.ts'
import { Converted } from '../workflows/books/states/converted.ts'
import { Survey } from '../workflows/books/states/survey.ts'
import { Wanted } from '../workflows/books/states/wanted.ts'
import { folderStorage } from '../workflows/books/storage/folder-storage.ts'
import { s3ConfigFrom } from '../workflows/books/storage/s3-config.ts'
import { s3Storage } from '../workflows/books/storage/s3-storage.ts'
import { sweepBucket } from '../workflows/books/sweep.ts'
import { makeBooks } from '../workflows/books/workflow.ts'

const minute = 60_000
const day = 24 * 60 * minute

export default defineApp({
  name: 'books',
  config: BooksConfig,
  older: olderBooks,
  commands: {
    ledger: {
      about: 'prints all books that the ledger knows, as CSV',
      async run(_, { config: { grin }, out, signal }) {
        if (!grin) throw new Error('The config has no `grin`, so there is no ledger.')
        await exportLedger(grin.ledger, out, signal)
      },
    },
    'fake-grin': {
      about: 'serves a GRIN to try things out with; --help tells its options',
      run: (args, { out, signal }) => runFakeGrin(args, out, signal),
    },
  },
  open(config: BooksConfig, { log }) {
    const { concurrency, limits, serve } = config
    const library = config.grin && libraryOfGrin(config.grin)
    const { PIPEWRIGHT_TOKEN: token } = process.env
    const keyring = { file: config.keyring, env: process.env }
    return {
      workflow: makeBooks({
        download: { concurrency: concurrency.download },
        decrypt: { concurrency: concurrency.decrypt },
        unpack: { concurrency: concurrency.unpack },
        modify: { concurrency: concurrency.modify },
        upload: { concurrency: concurrency.upload },
        awaitConversion: config.grin && {
          everyMs: config.grin.pollMinutes * minute,
          lostAfterMs: config.grin.lostAfterDays * day,
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
          source: library ? grinSource(library.client) : folderSource(config.source),
          grin: library?.client,
          ledger: library?.ledger(),
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
          const time = surveyTime(barcode)
          if (time !== undefined) return Survey({ at: time })
          const book = { barcode, processing_bucket: 'processing', done_bucket: 'done', passphrase }
          return library ? Wanted(book) : Converted(book)
        },
        async *all() {
          await prepare(config, log)
          // Without its keyring every book would end on a desk.
          refuseUnknown(config.passphrase, await openKeyring(keyring))
          if (library) yield* library.firstSurvey()
          else yield* folderSource(config.source).barcodes()
        },
        async *sample(count) {
          if (library) yield* sampleOf(library.ledger(), count)
          else yield* first(count, folderSource(config.source).barcodes())
        },
        ...(library?.feed && { feed: library.feed }),
      },
      ...(library && { cron: library.cron }),
      upkeep: {
        room: {
          everyMs: minute,
          async run({ setLimit, log }) {
            const { limit, free, staged } = await measureRoom(
              config.processing,
              config.disk.reserveGibibytes * 2 ** 30,
            )
            await setLimit('disk', limit, 'the room that there is')
            log.debug('The disk was measured.', { free, staged, limit })
          },
        },
      },
      close: () => library?.close(),
      serve: token === undefined ? serve : { ...serve, token },
    }
  },
})

/** Books to try things out with: those first that GRIN has converted. */
function sampleOf(ledger: Ledger, count: number): readonly string[] {
  if (ledger.refreshedAt() !== undefined) return ledger.next(count).map(({ barcode }) => barcode)
  throw new Error('The ledger knows no book yet; it is filled a few minutes after the app has started.')
}

async function* first(count: number, barcodes: AsyncIterable<string>): AsyncGenerator<string> {
  let left = count
  if (left === 0) return
  for await (const barcode of barcodes) {
    yield barcode
    if (--left === 0) return
  }
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

function storageOf({ storage, done }: BooksConfig) {
  return storage === 's3' ? s3Storage(s3ConfigFrom(process.env)) : folderStorage(done)
}

/** Makes the folders, lays out the sample if it is wanted, and says where everything is. */
async function prepare(config: BooksConfig, log: Log): Promise<void> {
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
