import { Defect } from '../defect.ts'

/** The files of a book's folder by what they are; `pages` are numbers from 1. */
export interface PackageFiles {
  readonly mets: string
  readonly pages: number
  /** Names of the texts, page by page. */
  readonly texts: readonly string[]
  readonly all: readonly string[]
}

export const checksumFile = 'checksum.md5'
const kinds = { image: /^(\d{8})\.(tif|jp2)$/, hocr: /^(\d{8})\.html$/, text: /^(\d{8})\.txt$/ }
type Kind = keyof typeof kinds

/** Sorts the names of a flat folder; defects found on the way go to `report`. Undefined when there is no METS to go on with. */
export function sortNames(
  names: readonly string[],
  barcode: string,
  report: (defect: Defect) => void,
): PackageFiles | undefined {
  const byKind: Record<Kind, Map<number, string>> = { image: new Map(), hocr: new Map(), text: new Map() }
  const mets: string[] = []
  for (const name of names) {
    const kind = (Object.keys(kinds) as Kind[]).find((candidate) => kinds[candidate].test(name))
    if (kind) {
      const page = Number(name.slice(0, 8))
      const other = byKind[kind].get(page)
      if (other)
        report(
          new Defect('BadFilename', `Page ${page} has two images, ${other} and ${name}.`, { file: name }),
        )
      byKind[kind].set(page, name)
    } else if (name.endsWith(`_${barcode}.xml`) && /^[A-Za-z0-9]+_/.test(name)) mets.push(name)
    else if (name !== checksumFile) {
      report(new Defect('BadFilename', `${name} is not a name that a book's package has.`, { file: name }))
    }
  }
  const pages = Math.max(0, ...Object.values(byKind).flatMap((files) => [...files.keys()]))
  reportGaps(byKind, pages, report)
  if (!names.includes(checksumFile)) report(missing(checksumFile))
  if (mets.length !== 1) {
    report(missing(`*_${barcode}.xml`))
    return undefined
  }
  return { mets: mets[0]!, pages, texts: [...byKind.text.values()].sort(), all: names }
}

const suffixes: Record<Kind, string> = { image: '.tif or .jp2', hocr: '.html', text: '.txt' }

function reportGaps(
  byKind: Record<Kind, Map<number, string>>,
  pages: number,
  report: (defect: Defect) => void,
): void {
  if (pages === 0) report(missing('00000001.tif'))
  // A stray 99999999.txt must not make a hundred million defects.
  const last = Math.min(pages, 10_000)
  for (let page = 1; page <= last; page++) {
    for (const kind of Object.keys(kinds) as Kind[]) {
      if (!byKind[kind].has(page)) report(missing(`${String(page).padStart(8, '0')}${suffixes[kind]}`))
    }
  }
}

function missing(file: string): Defect {
  return new Defect('MissingFile', `The package has no ${file}.`, { file })
}
