import { defineApp } from 'pipewright'
import { BooksConfig } from '../workflows/books/app/config.ts'
import { openBooks } from '../workflows/books/app/open-books.ts'
import { exportLedger } from '../workflows/books/ledger/ledger-csv.ts'
import { olderBooks } from '../workflows/books/older-books.ts'

/** The books of a library, from GRIN or from a folder to storage. */
export default defineApp({
  name: 'books',
  config: BooksConfig,
  open: openBooks,
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
      async run(args, { out, signal }) {
        // Its server is to be in no process of the books.
        const { runFakeGrin } = await import('../workflows/books/fake-grin/run-fake-grin.ts')
        await runFakeGrin(args, out, signal)
      },
    },
  },
})
