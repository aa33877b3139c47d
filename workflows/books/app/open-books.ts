import { type AppQueues, type Log, type Opening, openBackend, type UpkeepGiven } from 'pipewright'
import type { BookContext } from '../context.ts'
import { idOfBook } from '../id-of-book.ts'
import { openContext } from '../open-context.ts'
import { folderSource } from '../source/folder-source.ts'
import { grinSource } from '../source/grin-source.ts'
import { diskGateName } from '../stages/gates.ts'
import { folderStorage } from '../storage/folder-storage.ts'
import { s3ConfigFrom } from '../storage/s3-config.ts'
import { s3Storage } from '../storage/s3-storage.ts'
import { sweepBucket } from '../sweep.ts'
import { makeBooks } from '../workflow.ts'
import type { BooksConfig } from './config.ts'
import { libraryOfGrin } from './library-of-grin.ts'
import { reportBooks } from './report-books.ts'
import { roomOf } from './room-of.ts'
import { seedBooks } from './seed-books.ts'

const minute = 60_000
const day = 24 * 60 * minute

/** Puts the app of books together, as its config says. */
export function openBooks(config: BooksConfig, { log }: Pick<Opening, 'log'>) {
  const library = config.grin && libraryOfGrin(config.grin)
  const { PIPEWRIGHT_TOKEN: token } = process.env
  return {
    workflow: workflowOf(config),
    backend: () =>
      openBackend(config.database, {
        historyDays: config.historyDays,
        onWarning: (message) => log.warn(message),
        onNotice: (message) => log.info(message),
      }),
    async context({ journey }: Pick<AppQueues, 'journey'>) {
      const { limits } = config
      const context = openContext({
        source: library ? grinSource(library.client) : folderSource(config.source),
        grin: library?.client,
        ledger: library?.ledger(),
        keyring: { file: config.keyring, env: process.env },
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
    seed: seedBooks(config, library, log),
    ...(library && { cron: library.cron }),
    upkeep: {
      room: { everyMs: minute, run: (given: UpkeepGiven) => lookAtRoom(config, given) },
      report: { everyMs: 5 * minute, atEnd: true, run: reportBooks(config) },
    },
    close: () => library?.close(),
    serve: token === undefined ? config.serve : { ...config.serve, token },
  }
}

function workflowOf({ concurrency, grin }: BooksConfig) {
  return makeBooks({
    download: { concurrency: concurrency.download },
    decrypt: { concurrency: concurrency.decrypt },
    unpack: { concurrency: concurrency.unpack },
    modify: { concurrency: concurrency.modify },
    upload: { concurrency: concurrency.upload },
    awaitConversion: grin && {
      everyMs: grin.pollMinutes * minute,
      lostAfterMs: grin.lostAfterDays * day,
    },
  })
}

async function lookAtRoom(config: BooksConfig, { setLimit, log }: UpkeepGiven): Promise<void> {
  const { limit, free, staged } = await roomOf(config)
  await setLimit(diskGateName, limit, 'the room that there is')
  log.debug('The disk was measured.', { free, staged, limit })
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
