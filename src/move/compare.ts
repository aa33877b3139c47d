import { createHash } from 'node:crypto'
import { BackendError } from '../queue/errors.ts'
import { canonical, sayKey } from './canonical.ts'
import { type Both, pageOf } from './copy.ts'
import { type Key, keyOf, type Row, type Table } from './tables.ts'

/**
 * Reads a table on both sides, compares the rows, and resolves with the hash of all of them, in the order of their keys. Rejects with a
 * `BackendError` that names the rows if they are not the same.
 */
export async function compare(
  table: Table,
  { source, target, terms, onRows }: Omit<Both, 'move'>,
): Promise<string> {
  const [here, there] = [await source.count(table), await target.count(table)]
  if (here !== there)
    throw new BackendError(
      `${table.name} has ${here} rows in ${source.where} and ${there} in ${target.where}. ${advice}`,
    )
  const hashes = [createHash('sha256'), createHash('sha256')] as const
  for (let after: Key | undefined; ; ) {
    const found = await source.read(table, { after, ...pageOf })
    const last = found.at(-1)
    if (!last) break
    const upTo = keyOf(table, last)
    const limits = { limit: found.length + 1, bytes: Number.MAX_SAFE_INTEGER }
    const copied = await target.read(table, { after, upTo, ...limits })
    const original = canonical(table, found, terms)
    const texts = [original, copied].map((rows) => JSON.stringify(rows)) as [string, string]
    if (texts[0] !== texts[1]) throw differ(table, original, copied)
    texts.forEach((text, at) => hashes[at as 0 | 1].update(text.slice(1, -1)).update(','))
    onRows(found.length)
    after = upTo
  }
  const [own, other] = hashes.map((hash) => hash.digest('hex'))
  if (own !== other) throw new BackendError(`The hashes of ${table.name} differ. ${advice}`)
  return own!
}

const advice = 'Nothing was opened; cancel the move (--cancel), and begin it again.'

function differ(table: Table, original: readonly Row[], copied: readonly Row[]): BackendError {
  const span = `between ${sayKey(table, original[0]!)} and ${sayKey(table, original.at(-1)!)}`
  const at = original.findIndex((row, n) => JSON.stringify(row) !== JSON.stringify(copied[n]))
  const row = original[at < 0 ? original.length - 1 : at]!
  const other = copied[at]
  const columns = table.columns.flatMap(({ name }, n) => (other && row[n] !== other[n] ? [name] : []))
  const isSameRow = other && sayKey(table, other) === sayKey(table, row)
  const what = isSameRow ? `differs in ${columns.join(', ')}` : 'is not there, or there are others'
  return new BackendError(
    `${table.name} did not come over as it was: of the rows ${span} the one with the key ${sayKey(table, row)} ${what}. ${advice}`,
  )
}
