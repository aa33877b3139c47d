import { Defect } from '../defect.ts'
import type { ListedFile } from '../mets/listed-file.ts'
import type { Mets } from '../mets/read-mets.ts'
import type { Digests } from './digests.ts'
import { type PackageFiles, pageFileOf } from './file-names.ts'

/** The package that a METS is compared with. */
export interface MetsComparing {
  readonly sizeOf: (name: string) => Promise<number>
  readonly barcode: string
  readonly files: PackageFiles
  readonly digests: Digests
  readonly report: (defect: Defect) => void
  readonly signal?: AbortSignal | undefined
}

/**
 * Compares a METS with the package that it lies in: its OBJID with the barcode, its pages with those that are there,
 * and its list of files with the files: all that it lists are there, with the sizes and digests that it gives, and it
 * lists all files of pages. A METS without an OBJID, or without a list, passes.
 */
export async function compareMets(
  mets: Mets,
  { barcode, files, report, ...comparing }: MetsComparing,
): Promise<void> {
  const file = files.mets
  if (mets.objid !== undefined && !namesBook(mets.objid, barcode)) {
    const sentence = `${file} is that of another book: its OBJID is ${mets.objid}.`
    const details = { file, field: 'OBJID', actual: mets.objid, expected: barcode }
    report(new Defect('NotEqualValues', sentence, details))
  }
  if (mets.pages !== files.pages) {
    const sentence = `${file} counts ${mets.pages} pages, but the package has ${files.pages}.`
    const details = { file, field: 'gbs:ocr_page', actual: mets.pages, expected: files.pages }
    report(new Defect('NotEqualValues', sentence, details))
  }
  if (mets.files.length === 0) return
  const listed = new Set<string>()
  const present = new Set(files.all)
  for (const each of mets.files) {
    comparing.signal?.throwIfAborted()
    const { name } = each
    if (present.has(name)) await compareFile(each, { ...comparing, file, report })
    else if (!listed.has(name))
      report(new Defect('MissingFile', `The package has no ${name}, which ${file} lists.`, { file: name }))
    listed.add(name)
  }
  for (const name of files.all) {
    if (!pageFileOf(name) || listed.has(name)) continue
    report(new Defect('MissingField', `${file} does not list ${name}.`, { file, field: name }))
  }
}

type Comparing = Pick<MetsComparing, 'sizeOf' | 'digests' | 'report'> & { readonly file: string }

async function compareFile(listed: ListedFile, { sizeOf, digests, report, file }: Comparing): Promise<void> {
  const { name, bytes, algorithm, digest } = listed
  const size = bytes === undefined ? undefined : await sizeOf(name)
  if (size !== bytes) {
    const sentence = `${name} has ${size} bytes, but ${file} says ${bytes}.`
    report(
      new Defect('NotEqualValues', sentence, { file: name, field: 'SIZE', actual: size!, expected: bytes! }),
    )
  }
  if (algorithm === undefined || digest === undefined) return
  const actual = await digests(name, algorithm)
  if (actual === digest) return
  const sentence = `The ${algorithm} of ${name} is ${actual}, but ${file} says ${digest}.`
  report(new Defect('BadChecksum', sentence, { file: name, actual, expected: digest }))
}

/** An OBJID is the barcode, in most cases after the code of the library and something between them. */
function namesBook(objid: string, barcode: string): boolean {
  const [text, code] = [objid.trim().toLowerCase(), barcode.toLowerCase()]
  return text.endsWith(code) && !/[a-z0-9]/.test(text.at(-code.length - 1) ?? '')
}
