import type { Log, Seed } from 'pipewright'
import { openKeyring } from '../keyring.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { surveyTime } from '../ledger/survey-id.ts'
import { folderSource } from '../source/folder-source.ts'
import { Converted } from '../states/converted.ts'
import { Survey } from '../states/survey.ts'
import { Wanted } from '../states/wanted.ts'
import type { BooksConfig } from './config.ts'
import type { LibraryOfGrin } from './library-of-grin.ts'
import { prepare, refuseUnknown } from './prepare.ts'

/** How books enter: from the folder all that are there; from GRIN those that are listed, or all, from the ledger. */
export function seedBooks(config: BooksConfig, library: LibraryOfGrin | undefined, log: Log): Seed<any> {
  const { passphrase, keyring, source } = config
  return {
    value: (barcode: string) => {
      const time = surveyTime(barcode)
      if (time !== undefined) return Survey({ at: time })
      const book = { barcode, processing_bucket: 'processing', done_bucket: 'done', passphrase }
      return library ? Wanted(book) : Converted(book)
    },
    async *all() {
      await prepare(config, log)
      // Without its keyring every book would end on a desk.
      refuseUnknown(passphrase, await openKeyring({ file: keyring, env: process.env }))
      if (library) yield* library.firstSurvey()
      else yield* folderSource(source).barcodes()
    },
    async *sample(count) {
      if (library) yield* sampleOf(library.ledger(), count)
      else yield* first(count, folderSource(source).barcodes())
    },
    ...(library?.feed && { feed: library.feed }),
  }
}

/** Books to try things out with: those first that GRIN has converted. */
function sampleOf(ledger: Ledger, count: number): readonly string[] {
  if (ledger.refreshedAt() !== undefined) return ledger.next(count).map(({ barcode }) => barcode)
  throw new Error(
    'The ledger knows no book yet: no survey has succeeded. One begins when the app starts, and each night; `list output` says what became of it.',
  )
}

async function* first(count: number, barcodes: AsyncIterable<string>): AsyncGenerator<string> {
  let left = count
  if (left === 0) return
  for await (const barcode of barcodes) {
    yield barcode
    if (--left === 0) return
  }
}
