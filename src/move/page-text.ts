import { BackendError } from '../queue/errors.ts'
import type { Cell, Column, Row } from './tables.ts'

/*
 * Rows as text, of which the hashes are: the text format of COPY, with numbers as Postgres writes them
 * (https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"). So a page that Postgres gives is hashed as it came.
 */

const escapes: Readonly<Record<string, string>> = {
  ...{ '\\': '\\\\', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v' },
}
const escaped = /[\\\b\f\n\r\t\v]/
const allEscaped = new RegExp(escaped, 'g')
const unescapes: Readonly<Record<string, string>> = {
  ...{ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
}

/** The text of rows. */
export function textOfRows(columns: readonly Pick<Column, 'kind'>[], rows: readonly Row[]): string {
  const isReal = columns.map(({ kind }) => kind === 'real')
  let text = ''
  for (const row of rows) {
    for (let at = 0; at < row.length; at++) {
      if (at > 0) text += '\t'
      const cell = row[at]!
      if (cell === null) text += '\\N'
      else if (typeof cell === 'number') text += isReal[at] ? textOfReal(cell) : cell
      else if (escaped.test(cell)) text += cell.replaceAll(allEscaped, (each) => escapes[each]!)
      else text += cell
    }
    text += '\n'
  }
  return text
}

const leastPlain = 1e-4
const mostPlain = 1e15

// The digits are the same everywhere: as few as tell the number from all others.
function textOfReal(number: number): string {
  const size = Math.abs(number)
  if (size === 0 || (size >= leastPlain && size < mostPlain) || !Number.isFinite(number))
    return String(number)
  const [digits, exponent] = number.toExponential().split('e') as [string, string]
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
}

/** The rows of a text. */
export function rowsOfText(columns: readonly Column[], text: string): readonly Row[] {
  const lines = text.split('\n')
  // After the last line is nothing.
  lines.pop()
  return lines.map((line) => {
    const cells = line.split('\t')
    if (cells.length !== columns.length)
      throw new BackendError(`A row has ${cells.length} columns where there are ${columns.length}.`)
    return cells.map((cell, at) => cellOf(columns[at]!, cell))
  })
}

function cellOf({ kind }: Column, cell: string): Cell {
  if (cell === '\\N') return null
  if (kind === 'integer' || kind === 'real' || kind === 'flag') return Number(cell)
  if (!cell.includes('\\')) return cell
  return cell.replaceAll(/\\(.)/gs, (_, each: string) => unescapes[each] ?? each)
}
