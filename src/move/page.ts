import { createHash } from 'node:crypto'
import { rowsOfText, textOfRows } from './page-text.ts'
import { type Key, keyOf, type Row, type Table } from './tables.ts'

const newline = 10

/** Some rows of a table, as cells and as text: each is made of the other when it is asked for. */
export class Page {
  readonly table: Table
  #rows: readonly Row[] | undefined
  #text: Buffer | undefined

  private constructor(
    table: Table,
    { rows, text }: { readonly rows?: readonly Row[]; readonly text?: Buffer },
  ) {
    this.table = table
    this.#rows = rows
    this.#text = text
  }

  static ofRows(table: Table, rows: readonly Row[]): Page {
    return new Page(table, { rows })
  }

  static ofText(table: Table, text: Buffer): Page {
    return new Page(table, { text })
  }

  get rows(): readonly Row[] {
    this.#rows ??= rowsOfText(this.table.columns, this.#text!.toString())
    return this.#rows
  }

  get text(): Buffer {
    this.#text ??= Buffer.from(textOfRows(this.table.columns, this.#rows!))
    return this.#text
  }

  /** How many rows it has. */
  get size(): number {
    if (this.#rows) return this.#rows.length
    let lines = 0
    for (let at = this.#text!.indexOf(newline); at >= 0; at = this.#text!.indexOf(newline, at + 1)) lines++
    return lines
  }

  /** The key of its last row; undefined if it has none. */
  get lastKey(): Key | undefined {
    return this.#keyAt('last')
  }

  /** The key of its first row. */
  get firstKey(): Key | undefined {
    return this.#keyAt('first')
  }

  /** The hash of its text: SHA-256, in hexadecimal digits. */
  get hash(): string {
    return createHash('sha256').update(this.text).digest('hex')
  }

  #keyAt(which: 'first' | 'last'): Key | undefined {
    const row = this.#rows ? this.#rows.at(which === 'first' ? 0 : -1) : this.#rowOfText(which)
    return row && keyOf(this.table, row)
  }

  // To parse all of them for one costs more than all else that is done with a page.
  #rowOfText(which: 'first' | 'last'): Row | undefined {
    const text = this.#text!
    if (text.length === 0) return undefined
    const line =
      which === 'first'
        ? text.subarray(0, text.indexOf(newline) + 1)
        : text.subarray(text.lastIndexOf(newline, text.length - 2) + 1)
    return rowsOfText(this.table.columns, line.toString())[0]
  }
}

/** A key, for sentences. */
export function sayKey(key: Key | undefined): string {
  return key === undefined ? 'none' : key.map(String).join(' ')
}
