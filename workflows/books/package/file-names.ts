import { Defect } from '../defect.ts'

/** The files of a book's folder by what they are. */
export interface PackageFiles {
  readonly mets: string
  /** How many pages there are. */
  readonly pages: number
  readonly all: readonly string[]
}

/** The file of a page. */
export interface PageFile {
  readonly name: string
  /** From 1 to 99,999. */
  readonly page: number
  readonly kind: PageKind
  /** What a package should call it. */
  readonly proper: string
}

/** The list of md5s in a package. */
export const checksumFile = 'checksum.md5'

const kinds = ['image', 'hocr', 'text'] as const
type PageKind = (typeof kinds)[number]
const suffixes: Record<PageKind, string> = { image: '.tif or .jp2', hocr: '.html', text: '.txt' }
/** What other tools write for an extension. */
const proper: Readonly<Record<string, string>> = { tiff: 'tif', htm: 'html' }
const kindOf: Readonly<Record<string, PageKind>> = { tif: 'image', jp2: 'image', html: 'hocr', txt: 'text' }

/**
 * The page that a file belongs to, by its name; undefined for what is no page. Names with `.tiff` or in upper case are
 * understood, although no package has them: else the text of a book that a person accepts so would be lost.
 */
export function pageFileOf(name: string): PageFile | undefined {
  const [, page, written] = /^(000\d{5})\.(tiff?|jp2|html?|txt)$/i.exec(name) ?? []
  if (page === undefined || Number(page) === 0 || written === undefined) return undefined
  const lower = written.toLowerCase()
  const extension = proper[lower] ?? lower
  return { name, page: Number(page), kind: kindOf[extension]!, proper: `${page}.${extension}` }
}

/** The METS among the names of a package. */
export function metsAmong(names: readonly string[], barcode: string): string[] {
  return names.filter((name) => name.endsWith(`_${barcode}.xml`) && /^[A-Za-z0-9]+_/.test(name))
}

/** Sorts the names of a flat folder; defects found on the way go to `report`. Undefined when there is no METS to go on with. */
export function sortNames(
  names: readonly string[],
  barcode: string,
  report: (defect: Defect) => void,
): PackageFiles | undefined {
  const byKind: Record<PageKind, Map<number, string>> = { image: new Map(), hocr: new Map(), text: new Map() }
  const mets = metsAmong(names, barcode)
  for (const name of names) {
    const file = pageFileOf(name)
    if (!file) {
      if (name !== checksumFile && !mets.includes(name)) report(misnamed(name))
      continue
    }
    const { page, kind } = file
    if (name !== file.proper) report(misnamed(name, `; it would be called ${file.proper}`))
    const other = byKind[kind].get(page)
    if (other) {
      const what = { image: 'images', hocr: 'hOCRs', text: 'texts' }[kind]
      report(new Defect('BadFilename', `Page ${page} has two ${what}, ${other} and ${name}.`, { file: name }))
    }
    byKind[kind].set(page, name)
  }
  const pages = new Set(Object.values(byKind).flatMap((files) => [...files.keys()]))
  reportGaps(byKind, Math.max(0, ...pages), report)
  if (!names.includes(checksumFile)) report(missing(checksumFile))
  const [first, second] = mets
  if (first === undefined) {
    report(missing(`*_${barcode}.xml`))
    return undefined
  }
  if (second !== undefined) {
    const sentence = `The package has ${mets.length} METS files, ${first} and ${second} for two; once accepted, ${first} counts.`
    report(new Defect('BadFilename', sentence, { file: second }))
  }
  return { mets: first, pages: pages.size, all: names }
}

function reportGaps(
  byKind: Record<PageKind, Map<number, string>>,
  highest: number,
  report: (defect: Defect) => void,
): void {
  if (highest === 0) report(missing('00000001.tif'))
  // A stray 00099999.txt must not make a hundred thousand defects.
  const last = Math.min(highest, 10_000)
  for (let page = 1; page <= last; page++) {
    for (const kind of kinds) {
      if (!byKind[kind].has(page)) report(missing(`${String(page).padStart(8, '0')}${suffixes[kind]}`))
    }
  }
}

function misnamed(file: string, more = ''): Defect {
  return new Defect('BadFilename', `${file} is not a name that a book's package has${more}.`, { file })
}

function missing(file: string): Defect {
  return new Defect('MissingFile', `The package has no ${file}.`, { file })
}
