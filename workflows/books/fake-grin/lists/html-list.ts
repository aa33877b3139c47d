import type { BookList } from './book-list.ts'
import { type Listing, listRows } from './list-rows.ts'

/** A page of a list. */
export interface PageWanted {
  /** The name of the list in the URL. */
  readonly name: string
  readonly rows: number
  /** Where in the catalogue the page begins. */
  readonly from: number
}

/** What GRIN says, in place of a list, when it has too much to do. */
export const unavailablePage = html(
  '<p>Your request is unavailable at this time. Please try again later.</p>',
)

/** One page of a list, with a link to the next one if there is one. */
export async function htmlList(
  listing: Listing,
  list: BookList,
  { name, rows, from }: PageWanted,
): Promise<string> {
  const titles = list.columns.map(({ title }) => title)
  const body: string[] = []
  let next: number | undefined
  for await (const { place, values } of listRows(listing, list, from)) {
    if (body.length === rows) {
      next = place
      break
    }
    const cells = values.map((value, index) => `<td>${cellOf(titles[index]!, value)}</td>`)
    body.push(`<tr><td><input type="checkbox"></td>${cells.join('')}</tr>`)
  }
  const heads = titles.map((title) => `<td><span class="hd3">${escaped(title)}</span></td>`)
  const link =
    next === undefined ? '' : `<p><a href="${name}?result_count=${rows}&amp;first=${next}">Next &gt;</a></p>`
  return html(
    `<table><thead><tr class="heading"><td></td>${heads.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody></table>
${link}`,
  )
}

/** A cell with a link in it: the barcode and the name of a file are its text, and a link is its address. */
function cellOf(title: string, value: string): string {
  if (value === '') return ''
  if (title === 'Barcode' || title === 'Filename')
    return `<a href="https://books.google.com/books?vid=${escaped(value)}">${escaped(value)}</a>`
  return title === 'Link' ? `<a href="${escaped(value)}">Book</a>` : escaped(value)
}

function html(body: string): string {
  return `<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Google Return Interface</title></head><body>
${body}
</body></html>
`
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
