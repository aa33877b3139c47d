import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Defect } from '../defect.ts'
import { readPlain } from '../plain-file.ts'
import { readChecksumLine } from './checksum-list.ts'
import { type Digests, makeDigests } from './digests.ts'
import { checksumFile } from './file-names.ts'

const maxBytes = 16 * 2 ** 20
/** More than an archive may hold, by far. */
const maxLines = 100_000
/** Of a line; a name has at most 255 bytes. */
const maxLineLength = 4096

/** Where a check finds the files to compare, and where it reports its findings. */
export interface Comparing {
  readonly report: (defect: Defect) => void
  readonly digests?: Digests
  readonly signal?: AbortSignal | undefined
}

/** Checks every file against `checksum.md5`: its format, that it names all files but itself, and each md5. */
export async function checkChecksums(
  folder: string,
  names: readonly string[],
  { report, signal, digests = makeDigests(folder, signal) }: Comparing,
): Promise<void> {
  if (!names.includes(checksumFile)) return
  const listed = await readChecksums(folder, report)
  if (!listed) return
  const present = new Set(names)
  for (const name of names) {
    if (name !== checksumFile && !listed.has(name)) {
      const details = { file: checksumFile, field: name }
      report(new Defect('MissingField', `${checksumFile} does not name ${name}.`, details))
    }
  }
  for (const [name, expected] of listed) {
    signal?.throwIfAborted()
    if (!present.has(name)) {
      const sentence = `The package has no ${name}, which ${checksumFile} names.`
      report(new Defect('MissingFile', sentence, { file: name }))
      continue
    }
    const actual = await digests(name, 'md5')
    if (actual === expected) continue
    const message = `The md5 of ${name} is ${actual}, but ${checksumFile} says ${expected}.`
    report(new Defect('BadChecksum', message, { file: name, actual, expected }))
  }
}

/** The md5 of each name; undefined where there are too many to be looked at. */
async function readChecksums(
  folder: string,
  report: (defect: Defect) => void,
): Promise<Map<string, string> | undefined> {
  const listed = new Map<string, string>()
  const path = join(folder, checksumFile)
  const details = { file: checksumFile }
  if ((await stat(path)).size > maxBytes) {
    report(new Defect('TooLarge', `${checksumFile} is larger than 16 MiB.`, details))
    return undefined
  }
  const lines = (await readPlain(path))
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split('\n', maxLines + 2)
  // What ends with a line end has no line after it.
  if (lines.at(-1) === '') lines.pop()
  if (lines.length > maxLines) {
    const sentence = `${checksumFile} has more than ${maxLines} lines.`
    report(new Defect('TooLarge', sentence, { ...details, expected: maxLines }))
    return undefined
  }
  for (const [index, line] of lines.entries()) {
    if (line.length > maxLineLength) {
      const sentence = `Line ${index + 1} of ${checksumFile} is longer than ${maxLineLength} characters.`
      report(new Defect('TooLarge', sentence, { ...details, expected: maxLineLength }))
      continue
    }
    const read = readChecksumLine(line)
    if (read === undefined) continue
    // `md5sum * > checksum.md5` names the list too, as it was before it was written.
    if (read?.name === checksumFile) continue
    if (read === null || (listed.get(read.name) ?? read.md5) !== read.md5) {
      const message = `Line ${index + 1} of ${checksumFile} is not an md5, two spaces and a name not named before.`
      report(new Defect('BadFile', message, { ...details, field: `line ${index + 1}` }))
    } else listed.set(read.name, read.md5)
  }
  return listed
}
