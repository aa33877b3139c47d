import { BackendError } from '../queue/errors.ts'
import { canonical, type Terms } from './canonical.ts'
import type { Progress, Source, Target } from './house.ts'
import { Page, sayKey } from './page.ts'
import type { Table } from './tables.ts'

/** A page has at most so many rows, and bytes. */
const most = { limit: 2000, bytes: 4 * 2 ** 20 }

/** What a step of a move is given. */
export interface Both {
  readonly source: Source
  readonly target: Target
  readonly move: string
  readonly terms: Terms
  /** Called with how many rows have gone by since it was called last. */
  readonly onRows: (rows: number) => void
}

/** Brings over what is missing of a table, a page at a time. While one is written the next is read. */
export async function copy(
  table: Table,
  { source, target, move, terms, onRows }: Both,
  begun: Progress,
): Promise<void> {
  let before = begun
  let reading = source.read(table, { after: before.after, ...most })
  while (!before.isCopied) {
    const page = canonical(await reading, terms)
    const { lastKey } = page
    const writing = target.write(move, page, before)
    const next = lastKey
      ? source.read(table, { after: lastKey, ...most })
      : Promise.resolve(Page.ofRows(table, []))
    // Where the write fails too, that is what is told.
    next.catch(() => {})
    try {
      before = await writing
    } catch (cause) {
      if (!lastKey) throw cause
      const span = `${sayKey(page.firstKey)} to ${sayKey(lastKey)}`
      throw new BackendError(
        `The rows ${span} of ${table.name} could not be written: ${(cause as Error).message}`,
        { cause },
      )
    }
    onRows(page.size)
    reading = next
  }
}
