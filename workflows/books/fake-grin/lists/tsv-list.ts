import type { BookList } from './book-list.ts'
import { type Listing, listRows } from './list-rows.ts'

const blockCharacters = 64 * 1024

/** A list as text, in blocks: all columns without a header (`mode=all`), or only the first. */
export async function* tsvList(listing: Listing, list: BookList, isWhole: boolean): AsyncGenerator<Buffer> {
  let block = ''
  for await (const { values } of listRows(listing, list)) {
    block += `${isWhole ? values.join('\t') : values[0]}\n`
    if (block.length < blockCharacters) continue
    yield Buffer.from(block)
    block = ''
  }
  if (block !== '') yield Buffer.from(block)
}
