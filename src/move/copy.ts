import { BackendError } from '../queue/errors.ts'
import { canonical, sayKey, type Terms } from './canonical.ts'
import type { Progress, Source, Target } from './house.ts'
import { keyOf, type Table } from './tables.ts'

/** A page has at most so many rows, and bytes. */
export const pageOf = { limit: 5000, bytes: 4 * 2 ** 20 }

/** What a step of a move is given. */
export interface Both {
  readonly source: Source
  readonly target: Target
  readonly move: string
  readonly terms: Terms
  /** Called with the rows that have gone by since it was called last. */
  readonly onRows: (rows: number) => void
}

/** Brings over what is missing of a table, a page at a time. While one is written the next is read. */
export async function copy(
  table: Table,
  { source, target, move, terms, onRows }: Both,
  begun: Progress,
): Promise<void> {
  let before = begun
  let reading = source.read(table, { after: before.after, ...pageOf })
  while (!before.isCopied) {
    const found = await reading
    const rows = canonical(table, found, terms)
    const isLast = found.length === 0
    const last = found.at(-1)
    const writing = target.write(move, table, { rows, before, isLast })
    // What has failed is told by the write.
    const next = last ? source.read(table, { after: keyOf(table, last), ...pageOf }) : Promise.resolve([])
    next.catch(() => {})
    try {
      before = await writing
    } catch (cause) {
      if (found.length === 0) throw cause
      const span = `${sayKey(table, found[0]!)} to ${sayKey(table, last!)}`
      throw new BackendError(
        `The rows ${span} of ${table.name} could not be written: ${(cause as Error).message}`,
        { cause },
      )
    }
    onRows(rows.length)
    reading = next
  }
}
