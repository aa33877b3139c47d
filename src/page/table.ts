import { type Content, type Html, html } from './html.ts'
import { sayNumber } from './words.ts'

/** A column of a table: its heading, and what each row has there. */
export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => Content
  /** Whether it has numbers, which stand at the right. */
  readonly numeric?: true
}

/** A column of counts, each with a bar that shows it beside the largest. */
export function barColumn<Row>(title: string, rows: readonly Row[], of: (row: Row) => number): Column<Row> {
  const most = Math.max(1, ...rows.map(of))
  return { title, numeric: true, cell: (row) => [bar(of(row) / most), ' ', sayNumber(of(row))] }
}

/** A column of numbers. */
export function numberColumn<Row>(title: string, of: (row: Row) => number): Column<Row> {
  return { title, numeric: true, cell: (row) => sayNumber(of(row)) }
}

function bar(share: number): Html {
  const width = Math.round(Math.max(0, Math.min(1, share)) * 60)
  return html`<svg class="bar" width="60" height="10" viewBox="0 0 60 10" aria-hidden="true" focusable="false"><rect x="${60 - width}" width="${width}" height="10"/></svg>`
}

/** A table with a caption; the first cell of a row is its heading. Where there are no rows, a sentence says so. */
export function table<Row>(
  caption: string,
  rows: readonly Row[],
  { columns, none }: { readonly columns: readonly Column<Row>[]; readonly none: string },
): Html {
  if (rows.length === 0) return html`<p>${none}</p>\n`
  const kind = ({ numeric }: Column<Row>) => (numeric ? html` class="number"` : undefined)
  const heads = columns.map((column) => html`<th scope="col"${kind(column)}>${column.title}</th>`)
  const lines = rows.map((row) => {
    const cells = columns.map((column, at) =>
      at === 0
        ? html`<th scope="row">${column.cell(row)}</th>`
        : html`<td${kind(column)}>${column.cell(row)}</td>`,
    )
    return html`<tr>${cells}</tr>\n`
  })
  return html`<div class="wide" role="group" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${lines}</tbody>
</table></div>
`
}
