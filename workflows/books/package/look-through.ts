/*
 * Nearly every package is as it should be. Of such a one nothing has to be unpacked: its tarball goes into storage as it came, its files
 * are checked as they pass, and what is needed of them afterwards is kept: the METS, and the texts of all pages. Of whatever is not quite
 * so this says nothing; the package is then unpacked and checked file by file, which finds out what it is.
 */
import { hash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Defect } from '../defect.ts'
import { fillDurably, syncFiles } from '../durable-file.ts'
import { readMets } from '../mets/read-mets.ts'
import { lineOf } from '../ocr/write-ocr.ts'
import { type MemberCaps, membersOf } from '../tarball/members.ts'
import { checkText } from './check-page.ts'
import { checkChecksums } from './checksums.ts'
import { compareMets } from './compare-mets.ts'
import { checksumFile, metsAmong, type PackageFiles, pageFileOf, sortNames } from './file-names.ts'
import { checkImageBytes } from './image/check-image.ts'
import { imageIn } from './image/image-bytes.ts'

/** Of a file that is held in memory as a whole, and of all texts together. */
const maxFileBytes = 16 * 2 ** 20
const maxTextLength = 16 * 2 ** 20
/** What `folder` has beside the METS: the text of each page as a JSON string in the line of its number. */
export const textsFile = 'texts.jsonl'

/** A tarball to look through. */
export interface Looking {
  readonly source: string
  /** The folder for what is kept, which is replaced. */
  readonly folder: string
  readonly barcode: string
  readonly caps: MemberCaps
  readonly signal: AbortSignal
  /** Called with the number of bytes of files so far. */
  readonly progress: (bytes: number) => void
}

/** A package in which nothing is to be said about. */
export interface PlainPackage {
  /** Of all its files together. */
  readonly bytes: number
  readonly pages: number
  readonly mets: string
}

class NotPlain extends Error {
  override readonly name = 'NotPlain'
}

/**
 * Looks through the tarball of a package. Undefined where anything about it may be worth a word, and then nothing is left; throws
 * `BadFile`, `BadFilename` or `TooLarge` where it cannot be unpacked.
 */
export async function lookThrough(looking: Looking): Promise<PlainPackage | undefined> {
  try {
    return await fillDurably(looking.folder, (folder) => look({ ...looking, folder }))
  } catch (error) {
    if (error instanceof NotPlain) return undefined
    throw error
  }
}

async function look({ source, folder, barcode, caps, signal, progress }: Looking): Promise<PlainPackage> {
  const passed = makePassed(folder, barcode)
  let name = ''
  let left = 0
  let pieces: Uint8Array[] = []
  for await (const part of membersOf({ source, root: barcode, caps, signal, progress })) {
    if ('file' in part) {
      name = part.file.name
      left = part.file.bytes
      if (left > maxFileBytes) throw new NotPlain()
      if (left === 0) await passed.take(name, Buffer.alloc(0))
    } else if ('body' in part) {
      pieces.push(part.body)
      left -= part.body.length
      if (left > 0) continue
      await passed.take(name, joined(pieces))
      pieces = []
    } else throw new NotPlain()
  }
  const files = await asNotPlain(() => passed.check(signal))
  const texts = join(folder, textsFile)
  await pipeline(
    Readable.from(passed.lines(), { objectMode: true }),
    createWriteStream(texts, { mode: 0o600 }),
  )
  await rm(join(folder, checksumFile))
  await syncFiles([join(folder, files.mets), texts])
  return { bytes: passed.bytes(), pages: files.pages, mets: files.mets }
}

/** What has passed of a package. */
function makePassed(folder: string, barcode: string) {
  const sizes = new Map<string, number>()
  const md5s = new Map<string, string>()
  const texts = new Map<number, string>()
  let bytes = 0
  let textLength = 0
  let hasMets = false

  async function take(name: string, content: Buffer): Promise<void> {
    sizes.set(name, content.length)
    md5s.set(name, hash('md5', content))
    bytes += content.length
    const page = pageFileOf(name)
    if (page?.kind === 'image') checkImageBytes(name, imageIn(content))
    else if (page) {
      const text = checkText(page, content)
      if (page.kind === 'hocr') return
      textLength += text.length
      if (textLength > maxTextLength) throw new NotPlain()
      texts.set(page.page, text)
    } else if (isKept(name)) await writeFile(join(folder, name), content, { flag: 'wx', mode: 0o600 })
    else throw new NotPlain()
  }

  /** One METS only: as many files may be called so as an archive may have. */
  function isKept(name: string): boolean {
    if (name === checksumFile) return true
    const isMets = !hasMets && metsAmong([name], barcode).length > 0
    hasMets ||= isMets
    return isMets
  }

  async function check(signal: AbortSignal): Promise<PackageFiles> {
    const report = () => {
      throw new NotPlain()
    }
    const names = [...sizes.keys()].sort()
    const files = sortNames(names, barcode, report)
    if (!files || ![...texts.values()].some((text) => text.trim() !== '')) throw new NotPlain()
    const digests = async (name: string, algorithm: string) =>
      algorithm === 'md5' ? md5s.get(name)! : report()
    await checkChecksums(folder, names, { report, digests, signal })
    const mets = await readMets(join(folder, files.mets), signal)
    const sizeOf = async (name: string) => sizes.get(name)!
    await compareMets(mets, { sizeOf, barcode, files, digests, report, signal })
    return files
  }

  return {
    take: (name: string, content: Buffer) => asNotPlain(() => take(name, content)),
    check,
    bytes: () => bytes,
    *lines() {
      for (let page = 1; page <= texts.size; page++) yield* lineOf(texts.get(page)!)
    },
  }
}

/** Which defect it is the thorough way finds out. */
async function asNotPlain<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look()
  } catch (error) {
    throw error instanceof Defect ? new NotPlain() : error
  }
}

function joined(pieces: readonly Uint8Array[]): Buffer {
  const [only] = pieces
  if (pieces.length > 1) return Buffer.concat(pieces)
  return Buffer.from(only!.buffer, only!.byteOffset, only!.length)
}
