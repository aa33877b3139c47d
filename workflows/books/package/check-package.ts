import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Defect } from '../defect.ts'
import { type Mets, readMets } from '../mets/read-mets.ts'
import { checkPage } from './check-page.ts'
import { checkChecksums } from './checksums.ts'
import { compareMets } from './compare-mets.ts'
import { makeDigests } from './digests.ts'
import { type PackageFiles, pageFileOf, sortNames } from './file-names.ts'
import { makeFindings } from './findings.ts'

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
  /** The file that all findings are written to, if there are more than a task shows. */
  readonly list?: string
  readonly signal?: AbortSignal
}

/**
 * Checks the folder of a book: names, a run of pages without a gap, as many texts as hOCR as images, `checksum.md5`,
 * images that can be whole, hOCR with a page in it, UTF-8, and a METS of this book, with as many pages and the same
 * files. Throws one `Defect`: that of the first finding, naming how many more there are and, in `detail`, up to 20 of
 * them, a line each; all are in `list` if there are more.
 */
export async function checkPackage(
  folder: string,
  { barcode, known = [], list, signal }: PackageChecking,
): Promise<CheckedPackage> {
  const { report, count, summary } = makeFindings(list)
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
  if (files && mets) {
    const sizeOf = async (name: string) => (await stat(join(folder, name))).size
    await compareMets(mets, { sizeOf, barcode, files, digests, report, signal })
  }
  if (files && mets && count() === 0) return { files, mets }
  throw summary()
}
