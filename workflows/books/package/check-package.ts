import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Defect } from '../defect.ts'
import { type Mets, readMets } from '../mets/read-mets.ts'
import { checkChecksums } from './checksums.ts'
import { type PackageFiles, sortNames } from './file-names.ts'

const maxDefects = 20
/** Of one page, which is read as a whole when the text of a book is written. */
const maxTextBytes = 16 * 2 ** 20

/** A package that has passed all checks. */
export interface CheckedPackage {
  readonly files: PackageFiles
  readonly mets: Mets
}

/**
 * Checks the folder of a book: names, a run of pages without a gap, as many texts as hOCR as images, `checksum.md5`,
 * UTF-8, and a METS with as many pages. Throws one `Defect`: that of the first finding, naming how many more there are
 * and, in `detail`, up to 20 of them, a line each.
 */
export async function checkPackage(
  folder: string,
  { barcode, signal }: { barcode: string; signal?: AbortSignal },
): Promise<CheckedPackage> {
  const defects: Defect[] = []
  let found = 0
  const report = (defect: Defect) => {
    // There may be as many as an archive has lines.
    if (found++ < maxDefects) defects.push(defect)
  }
  const names = (await readdir(folder)).sort()
  const files = sortNames(names, barcode, report)
  await checkChecksums(folder, names, { report, signal })
  for (const name of names.filter((name) => /\.(txt|html)$/.test(name)))
    await checkText(folder, name, { report, signal })
  const mets = files && (await tryMets(join(folder, files.mets), { report, signal }))
  if (files && mets && mets.pages !== files.pages) {
    const details = { file: files.mets, field: 'gbs:ocr_page', actual: mets.pages, expected: files.pages }
    report(
      new Defect(
        'NotEqualValues',
        `${files.mets} counts ${mets.pages} pages, but the package has ${files.pages}.`,
        details,
      ),
    )
  }
  if (files && mets && defects.length === 0) return { files, mets }
  throw summary(defects, found)
}

interface Checking {
  readonly report: (defect: Defect) => void
  readonly signal: AbortSignal | undefined
}

async function tryMets(path: string, { report, signal }: Checking): Promise<Mets | undefined> {
  try {
    return await readMets(path, signal)
  } catch (error) {
    if (!(error instanceof Defect)) throw error
    report(error)
    return undefined
  }
}

async function checkText(folder: string, name: string, { report, signal }: Checking): Promise<void> {
  if ((await stat(join(folder, name))).size > maxTextBytes) {
    const details = { file: name, expected: maxTextBytes }
    report(new Defect('TooLarge', `${name} is larger than ${maxTextBytes >> 20} MiB.`, details))
    return
  }
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const stream = createReadStream(join(folder, name), signal && { signal })
  try {
    for await (const chunk of stream) decoder.decode(chunk as Buffer, { stream: true })
    decoder.decode()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    report(new Defect('BadUTF', `${name} is not UTF-8.`, { file: name }, error))
  }
}

function summary(defects: readonly Defect[], found: number): Defect {
  const [first] = defects as [Defect, ...Defect[]]
  if (found === 1) return first
  const lines = defects.map((defect) => `${defect.kind}: ${defect.message}`)
  const rest = found === 2 ? '1 more defect' : `${found - 1} more defects`
  const { kind, file, field, actual, expected } = first
  const details = Object.fromEntries(
    Object.entries({ file, field, actual, expected }).filter(([, value]) => value !== undefined),
  )
  return new Defect(kind, `${first.message} (And ${rest}.)`, { ...details, detail: lines.join('\n') })
}
