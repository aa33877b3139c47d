import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Defect } from '../defect.ts'
import { checksumFile } from './file-names.ts'

const maxBytes = 16 * 2 ** 20
/** More than an archive may hold, by far. */
const maxLines = 100_000

/** Checks every file against `checksum.md5`: its format, that it names all files but itself, and each md5. */
export async function checkChecksums(
  folder: string,
  names: readonly string[],
  { report, signal }: { report: (defect: Defect) => void; signal?: AbortSignal | undefined },
): Promise<void> {
  if (!names.includes(checksumFile)) return
  const listed = await readChecksums(folder, report)
  if (!listed) return
  for (const name of names) {
    if (name !== checksumFile && !listed.has(name)) {
      report(
        new Defect('MissingField', `${checksumFile} does not name ${name}.`, {
          file: checksumFile,
          field: name,
        }),
      )
    }
  }
  for (const [name, expected] of listed) {
    signal?.throwIfAborted()
    if (!names.includes(name)) {
      report(
        new Defect('MissingFile', `The package has no ${name}, which ${checksumFile} names.`, { file: name }),
      )
      continue
    }
    const actual = await md5Of(join(folder, name), signal)
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
  if ((await stat(path)).size > maxBytes) {
    report(new Defect('TooLarge', `${checksumFile} is larger than 16 MiB.`, { file: checksumFile }))
    return undefined
  }
  const lines = (await readFile(path, 'utf8')).replace(/\n$/, '').split('\n', maxLines + 1)
  if (lines.length > maxLines) {
    report(
      new Defect('TooLarge', `${checksumFile} has more than ${maxLines} lines.`, {
        file: checksumFile,
        expected: maxLines,
      }),
    )
    return undefined
  }
  for (const [index, line] of lines.entries()) {
    const match = /^([0-9a-f]{32}) {2}(\S+)$/.exec(line)
    if (!match || listed.has(match[2]!)) {
      const message = `Line ${index + 1} of ${checksumFile} is not an md5, two spaces and a name not named before.`
      report(new Defect('BadFile', message, { file: checksumFile, field: `line ${index + 1}` }))
    } else listed.set(match[2]!, match[1]!)
  }
  return listed
}

async function md5Of(path: string, signal?: AbortSignal): Promise<string> {
  const digest = createHash('md5')
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 18, ...(signal && { signal }) })) {
    digest.update(chunk as Buffer)
  }
  return digest.digest('hex')
}
