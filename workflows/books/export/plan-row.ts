import type { CsvFile } from './csv-file.ts'
import { padRow, type RowPlace } from './csv-rows.ts'
import type { Change, IndexState } from './export-index.ts'

/** A row to be put into a file, whose rows end at `end`. */
export interface Putting {
  readonly key: string
  /** With its line end. */
  readonly row: Buffer
  /** Where the row with that key is now. */
  readonly place: RowPlace | undefined
  readonly indexed: IndexState['indexed']
  readonly end: number
}

/**
 * How a row gets into a file, for the same price however long the file is: at the end, if it is new or the last one;
 * in the place of the old one, if it fits there. Else the row after the old one moves into its place, made as long as
 * both, and the new one goes to the end. What is left of a place is blanks at the end of a last field.
 */
export async function planRow(file: CsvFile, { key, row, place, indexed, end }: Putting): Promise<Change> {
  if (place && (place.at + place.length === end || row.length <= place.length)) {
    const bytes = row.length < place.length ? padRow(row, place.length) : row
    const placed = { at: place.at, length: bytes.length }
    const size = Math.max(end, place.at + bytes.length)
    const places = new Map([[key, placed]])
    return { writes: [{ at: place.at, bytes }], places, indexed: indexed === end ? size : indexed, size }
  }
  const append = { at: end, bytes: row }
  const size = end + row.length
  const appended = { places: new Map([[key, { at: end, length: row.length }]]), size }
  const all = indexed === end ? size : indexed
  if (!place) return { ...appended, writes: [append], indexed: all }
  const next = await file.rowAt(place.at + place.length)
  const both = { at: place.at, length: place.length + next.place.length }
  const after = both.at + both.length
  const writes = [append, { at: both.at, bytes: padRow(next.bytes, both.length) }]
  const isBetween = place.at < indexed && indexed < after
  return {
    writes,
    places: new Map([[next.key, both], ...appended.places]),
    indexed: isBetween ? after : all,
    size,
  }
}
