import { withIndex } from '../../../workflows/books/export/export-index.ts'

// Has the export of a CSV file until it is killed.
await withIndex(`${process.argv[2]}.index`, async () => {
  process.send!('mine')
  await new Promise((resolve) => process.once('disconnect', resolve))
})
