import { archiveNameOf } from '../../barcode.ts'
import type { BookState, Standing } from '../standing.ts'
import type { BookFacts } from './book-facts.ts'

/** A column of a list: what HTML calls it, and its value. */
interface Column {
  readonly title: string
  readonly value: (facts: BookFacts) => string
}

/** A list of books. */
export interface BookList {
  /** Whether a book that stands so is in it. */
  readonly has: (standing: Standing) => boolean
  /** The first one is what a list without `mode=all` has. */
  readonly columns: readonly Column[]
}

const barcode: Column = { title: 'Barcode', value: (facts) => facts.barcode }
const fileName: Column = { title: 'Filename', value: (facts) => archiveNameOf(facts.barcode) }
const scanned: Column = { title: 'Scanned', value: (facts) => facts.scanned }
const processed: Column = { title: 'Processed', value: (facts) => facts.processed }
const analyzed: Column = { title: 'Analyzed', value: (facts) => facts.analyzed }
const ocrd: Column = { title: "OCR'd", value: (facts) => facts.ocrd }
const converted: Column = { title: 'Converted', value: (facts) => facts.converted }
const downloaded: Column = { title: 'Downloaded', value: (facts) => facts.downloaded }
const link: Column = { title: 'Link', value: (facts) => facts.link }
const failedOn: Column = { title: 'Convert failed date', value: (facts) => facts.failed }
const failedInfo: Column = { title: 'Convert failed info', value: () => 'Image conversion failed' }
const detail: Column = {
  title: 'Detailed conversion info',
  value: () => 'The image of page 1 could not be converted.',
}

const isIn =
  (...states: readonly BookState[]) =>
  ({ state }: Standing) =>
    states.includes(state)

/** The lists by their names in a URL. */
export const bookLists: Readonly<Record<string, BookList>> = {
  _all_books: {
    has: () => true,
    columns: [barcode, scanned, processed, analyzed, converted, ocrd, link],
  },
  _available: { has: isIn('NEW'), columns: [barcode, scanned, processed, analyzed, ocrd, link] },
  _in_process: { has: isIn('IN_PROCESS'), columns: [barcode, scanned, processed, analyzed, ocrd, link] },
  _converted: {
    has: isIn('CONVERTED', 'PREVIOUSLY_DOWNLOADED'),
    columns: [fileName, scanned, converted, downloaded, link],
  },
  _failed: {
    has: isIn('FAILED'),
    columns: [barcode, scanned, processed, analyzed, failedOn, failedInfo, ocrd, detail, link],
  },
}
