import { exportBook } from '../../../workflows/books/export/books-export.ts'

// Exports the books from `first` on, so many as `count`, each twice, so that rows are replaced too. Reports what it has done.
const [folder, first, count] = process.argv.slice(2)
const empty = { author: '', date: '', language: '', pages: '', bytes: '', sha256: '', etag: '', stored: '' }
for (let n = Number(first); n < Number(first) + Number(count); n++) {
  for (const note of ['once', 'again']) {
    await exportBook(folder!, { barcode: `book-${n}`, title: `Book ${n}`, ...empty, note })
    process.send?.({ barcode: `book-${n}` })
  }
}
