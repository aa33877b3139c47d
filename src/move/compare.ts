import { createHash } from 'node:crypto'
import { BackendError } from '../queue/errors.ts'
import { canonical } from './canonical.ts'
import type { Both } from './copy.ts'
import { sayKey } from './page.ts'
import type { Key } from './tables.ts'
import { keyOf, type Row, type Table } from './tables.ts'

/**
 * Reads a table in the target once more, a page at a time, compares the hashes with those that the pages had in the source, and the
 * counts, and resolves with the hash of all. Rejects with a `BackendError` that names the rows if they are not the same.
 */
export async function compare(table: Table, both: Omit<Both, 'move'>): Promise<string> {
  const { source, target, onRows } = both
  const pages = await target.pages(table)
  const copied = pages.reduce((sum, { rows }) => sum + rows, 0)
  const [here, there] = [await source.count(table), await target.count(table)]
  if (here !== there || copied !== there)
    throw new BackendError(
      `${table.name} has ${here} rows in ${source.where} and ${there} in ${target.where}, of which ${copied} were brought. ${advice}`,
    )
  const all = createHash('sha256')
  let after: Key | undefined
  for (const { upTo, rows, hash } of pages) {
    const found = await target.read(table, { after, upTo, limit: rows + 1, bytes: Number.MAX_SAFE_INTEGER })
    if (found.hash !== hash) throw await differ(table, both, { after, upTo })
    all.update(hash)
    onRows(rows)
    after = upTo
  }
  return all.digest('hex')
}

const advice = 'Nothing was opened; cancel the move (--cancel), and begin it again.'

/** Finds the row that is not as it was. */
async function differ(
  table: Table,
  { source, target, terms }: Omit<Both, 'move'>,
  span: { readonly after: Key | undefined; readonly upTo: Key },
): Promise<BackendError> {
  const whole = { ...span, limit: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER }
  const original = canonical(await source.read(table, whole), terms).rows
  const copied = (await target.read(table, whole)).rows
  const within = `between ${sayKey(span.after)} and ${sayKey(span.upTo)}`
  return new BackendError(
    `${table.name} did not come over as it was: of the rows ${within} ${sayDifference(table, original, copied)}. ${advice}`,
  )
}

function sayDifference(table: Table, original: readonly Row[], copied: readonly Row[]): string {
  const keys = (rows: readonly Row[]) => new Map(rows.map((row) => [sayKey(keyOf(table, row)), row]))
  const [here, there] = [keys(original), keys(copied)]
  for (const [key, row] of here) {
    const other = there.get(key)
    if (!other) return `the one with the key ${key} is not there`
    const columns = table.columns.flatMap(({ name }, at) => (row[at] === other[at] ? [] : [name]))
    if (columns.length > 0) return `the one with the key ${key} differs in ${columns.join(', ')}`
  }
  const more = [...there.keys()].find((key) => !here.has(key))
  return more === undefined ? 'the hashes differ' : `the one with the key ${more} is new`
}
