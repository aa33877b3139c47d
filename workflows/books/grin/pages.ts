import { type HTMLElement, parse } from 'node-html-parser'
import type { Ask } from './ask.ts'
import type { Asking } from './asking.ts'
import { textOf } from './body.ts'
import type { ListName } from './columns.ts'
import { barcodeIn } from './lists.ts'
import { isUnavailable, unknownAnswer } from './troubles.ts'

/** A row of a list that GRIN shows as pages, by the titles of its columns. */
export interface PageRow {
  readonly barcode: string
  readonly cells: Readonly<Record<string, string>>
}

/** A page of a list has at most so many rows. */
const rowsAPage = 1000
/** More than a page of so many rows has, in characters. */
const longestPage = 16 * 2 ** 20
/** These are shown as text though a link stands in them. */
const textColumns = ['Barcode', 'Filename']

/**
 * The rows of a list as the pages of it show them, which have columns that the text has not. It ends with a page that
 * has no rows, or says that the request is unavailable, or leads to no other.
 */
export async function* pagedRowsOf(ask: Ask, name: ListName, asking: Asking): AsyncGenerator<PageRow> {
  const what = `a page of _${name}`
  const seen = new Set<string>()
  let path: string | undefined = `_${name}?result_count=${rowsAPage}`
  while (path !== undefined && !seen.has(path)) {
    seen.add(path)
    const answer = await ask({ path, what }, asking)
    const html = await textOf(answer, { what, signal: asking.signal }, longestPage)
    if (isUnavailable(html)) return
    if (!/<html|<table|<body/i.test(html)) throw unknownAnswer(what, html)
    const page = parse(html)
    const rows = rowsIn(page)
    yield* rows
    path = rows.length === 0 ? undefined : nextOf(page, `_${name}`)
  }
}

function rowsIn(page: HTMLElement): readonly PageRow[] {
  const table = page.querySelectorAll('table').find((each) => each.querySelector('tr.heading'))
  const titles = table
    ?.querySelectorAll('tr.heading td')
    .map((cell) => shownIn(cell.querySelector('span.hd3')))
  if (!table || !titles) return []
  return table.querySelectorAll('tbody tr, tr').flatMap((row) => {
    if (row.classList.contains('heading')) return []
    const cells = row.querySelectorAll('td')
    if (cells.length < 2) return []
    const named = titles.flatMap((title, at) => (title ? [[title, cellOf(title, cells[at])] as const] : []))
    const fields = Object.fromEntries(named)
    const barcode = barcodeIn(fields['Barcode'] ?? fields['Filename'] ?? '')
    return barcode === undefined ? [] : [{ barcode, cells: fields }]
  })
}

function cellOf(title: string, cell: HTMLElement | undefined): string {
  const link = textColumns.includes(title) ? undefined : cell?.querySelector('a')?.getAttribute('href')
  return link ?? shownIn(cell)
}

function shownIn(element: HTMLElement | null | undefined): string {
  return element?.textContent.replace(/\s+/g, ' ').trim() ?? ''
}

// Its href may be one from the page itself, or from the root of the host.
function nextOf(page: HTMLElement, own: string): string | undefined {
  const hrefs = page
    .querySelectorAll('a')
    .map((link) => [link.getAttribute('href') ?? '', shownIn(link)] as const)
  const next = hrefs.find(([href, text]) => /[?&](first|ctoken)=/.test(href) && /next|>/i.test(text))
  if (!next) return undefined
  return next[0].startsWith('?') ? own + next[0] : next[0]
}
