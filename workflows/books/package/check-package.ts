import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Defect } from '../defect.ts'
import { type Mets, readMets } from '../mets/read-mets.ts'
import { checkPage } from './check-page.ts'
import { checkChecksums } from './checksums.ts'
import { compareMets } from './compare-mets.ts'
import { makeDigests } from './digests.ts'
import { type PackageFiles, pageFileOf, sortNames } from './file-names.ts'

const maxDefects = 20

/** A package that has passed all checks. */
export interface CheckedPackage {
  readonly files: PackageFiles
  readonly mets: Mets
}

/** What to check, and how. */
export interface PackageChecking {
  readonly barcode: string
  /** What has been found before. */
  readonly known?: readonly Defect[]
  readonly signal?: AbortSignal
}

/**
 * Checks the folder of a book: names, a run of pages without a gap, as many texts as hOCR as images, `checksum.md5`,
 * images that can be whole, hOCR with a page in it, UTF-8, and a METS of this book, with as many pages and the same
 * files. Throws one `Defect`: that of the first finding, naming how many more there are and, in `detail`, up to 20 of
 * them, a line each.
 */
export async function checkPackage(
  folder: string,
  { barcode, known = [], signal }: PackageChecking,
): Promise<CheckedPackage> {
  const defects: Defect[] = []
  let found = 0
  const report = (defect: Defect) => {
    // There may be as many as an archive has lines.
    if (found++ < maxDefects) defects.push(defect)
  }
  /** What `check` gives; undefined when it has found a defect. */
  const attempt = async <T>(check: () => Promise<T>): Promise<T | undefined> => {
    signal?.throwIfAborted()
    try {
      return await check()
    } catch (error) {
      if (!(error instanceof Defect)) throw error
      report(error)
      return undefined
    }
  }
  known.forEach(report)
  const names = (await readdir(folder)).sort()
  const digests = makeDigests(folder, signal)
  const files = sortNames(names, barcode, report)
  await checkChecksums(folder, names, { report, digests, signal })
  for (const name of names) {
    const page = pageFileOf(name)
    if (page) await attempt(() => checkPage(folder, page))
  }
  const mets = files && (await attempt(() => readMets(join(folder, files.mets), signal)))
  if (files && mets) await compareMets(mets, { folder, barcode, files, digests, report, signal })
  if (files && mets && found === 0) return { files, mets }
  throw summary(defects, found)
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
