import type { Cell, Kind, Row, Table } from '../../../move/tables.ts'
import { BackendError } from '../../../queue/errors.ts'

/*
 * Rows as the text format of COPY has them: https://www.postgresql.org/docs/current/sql-copy.html, "Text Format".
 */

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
const escaped = /[\\\n\r\t]/
const allEscaped = /[\\\n\r\t]/g

/** The text of rows, to be sent. */
export function copyText({ columns }: Table, rows: readonly Row[]): string {
  let text = ''
  for (const row of rows) {
    for (let at = 0; at < columns.length; at++) {
      if (at > 0) text += '\t'
      text += cellText(columns[at]!.kind, row[at]!)
    }
    text += '\n'
  }
  return text
}

function cellText(kind: Kind, cell: Cell): string {
  if (cell === null) return '\\N'
  if (typeof cell === 'number') return String(cell)
  if (kind === 'numbers') return `{${cell.slice(1, -1)}}`
  if (kind === 'words') return escape(`{${cell === '' ? '' : cell.split(' ').map(quotedWord).join(',')}}`)
  return escape(cell)
}

function quotedWord(word: string): string {
  return `"${word.replaceAll(/["\\]/g, '\\$&')}"`
}

function escape(text: string): string {
  return escaped.test(text) ? text.replaceAll(allEscaped, (each) => escapes[each]!) : text
}

const unescapes: Readonly<Record<string, string>> = {
  ...{ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
}

/** The rows of a text that was read. */
export function rowsOf({ columns }: Pick<Table, 'columns'>, read: Buffer): readonly Row[] {
  const lines = read.toString().split('\n')
  // After the last line is nothing.
  lines.pop()
  return lines.map((line) => {
    const cells = line.split('\t')
    if (cells.length !== columns.length)
      throw new BackendError('A row of a COPY has another number of columns.')
    return cells.map((cell, at) => cellOf(columns[at]!.kind, cell))
  })
}

function cellOf(kind: Kind, cell: string): Cell {
  if (cell === '\\N') return null
  if (kind === 'integer' || kind === 'real' || kind === 'flag') return Number(cell)
  if (!cell.includes('\\')) return cell
  return cell.replaceAll(/\\(.)/gs, (_, each: string) => unescapes[each] ?? each)
}
