import { readdir, rm, stat } from 'node:fs/promises'
import type { IsolatedContext } from 'pipewright'
import type { UnpackLimits } from '../context.ts'
import { Defect } from '../defect.ts'
import { overlook } from '../finding.ts'
import { checkPackage } from '../package/check-package.ts'
import { metsAmong, pageFileOf } from '../package/file-names.ts'
import { lookThrough, textsFile } from '../package/look-through.ts'
import type { Unpacking } from '../states/book.ts'
import { capsFor } from '../tarball/members.ts'
import { type Unpacked, unpackFile } from '../tarball/unpack-file.ts'

/** A tarball to unpack, by absolute paths. */
export interface Unpack {
  readonly source: string
  readonly folder: string
  /** The file for all findings, if there are more than a task shows. */
  readonly findings: string
  readonly barcode: string
  readonly limits?: UnpackLimits
  /** The findings of the checks that a person has accepted. How it is unpacked is not up for acceptance. */
  readonly accepted: readonly string[]
}

/** Checks what is in a tarball, and unpacks it where it is not all as it should be, in a process of its own. */
export default async function unpack(
  { source, folder, findings, barcode, limits = {}, accepted }: Unpack,
  { signal, progress, log }: IsolatedContext,
): Promise<Omit<Unpacking, 'path'>> {
  const { files: maxEntries, bytes: maxBytes } = limits
  const caps = { ...(maxEntries && { maxEntries }), ...(maxBytes && { maxBytes }) }
  const { size } = await stat(source)
  await rm(findings, { force: true })
  // Images are compressed already: unpacked they are about as large.
  const unpacked = (done: number) => progress(Math.min(0.5, done / size / 2))
  const looking = { source, folder, barcode, caps: { ...capsFor(size), ...caps }, signal }
  const plain = await lookThrough({ ...looking, progress: unpacked })
  if (plain) return { ...plain, files: 2, texts: textsFile }
  const unpacking = { source, folder, root: barcode, caps, signal, progress: unpacked }
  const { files, bytes, oddity, isRooted } = await unpackFile(unpacking)
  progress(0.5, 'checking')
  try {
    const known = isRooted ? [inFolder(barcode)] : []
    const { files: found } = await checkPackage(folder, { barcode, known, list: findings, signal })
    const checked = { files, bytes, pages: found.pages, mets: found.mets }
    if (!oddity) return checked
    const odd = `${oddities[oddity]} But all files of the package are there, so it is whole.`
    log.warn(odd)
    return { ...checked, oddity: odd }
  } catch (error) {
    if (!(error instanceof Defect)) throw error
    if (oddity) throw incomplete(oddities[oddity], error)
    const there = await whatIsThere(folder, barcode)
    // Without a page it is no book, and cannot be accepted.
    if (there.pages === 0) throw error
    overlook('package', error, accepted)
    return { files, bytes, ...there }
  }
}

const oddities: Readonly<Record<NonNullable<Unpacked['oddity']>, string>> = {
  'no end mark': 'The archive is cut short: its end mark is missing.',
  'another archive follows': 'The archive goes on after its end.',
}

/** An archive whose end is odd, and in which something is amiss: it may well be what was lost. Not to be accepted. */
function incomplete(sentence: string, { message, details }: Defect): Defect {
  const { detail = message, ...facts } = details
  return new Defect('BadFile', `${sentence} And so something is amiss: ${message}`, { ...facts, detail })
}

function inFolder(barcode: string): Defect {
  const sentence = `The files lie in a folder, ${barcode}/; those of a package lie in none.`
  return new Defect('BadFilename', sentence, { file: `${barcode}/` })
}

async function whatIsThere(folder: string, barcode: string): Promise<Pick<Unpacking, 'pages' | 'mets'>> {
  const names = (await readdir(folder)).sort()
  const pages = new Set(names.flatMap((name) => pageFileOf(name)?.page ?? []))
  const [mets = null] = metsAmong(names, barcode)
  return { pages: pages.size, mets }
}
