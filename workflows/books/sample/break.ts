import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { archiveNameOf, barcodeOfArchive } from '../barcode.ts'
import type { DefectKind } from '../defect.ts'
import { writeDurably } from '../durable-file.ts'
import { decryptFile } from '../openpgp/decrypt-file.ts'
import { unpackFile } from '../tarball/unpack-file.ts'
import { checksumsOf, encrypt, type Member, makeArchive } from './make-archive.ts'

/** One way to break a book: in its members before the checksums are made, after that, in the archive, or in the ciphertext. */
interface Breakage {
  readonly defect: DefectKind
  readonly passphrase?: string
  readonly members?: (members: readonly Member[]) => readonly Member[]
  readonly summed?: (members: readonly Member[]) => readonly Member[]
  readonly archive?: (archive: Buffer) => Buffer
  readonly ciphertext?: (ciphertext: Buffer) => Buffer
}

const page = /^00000003\.(tif|jp2)$/
const hocr = /^00000003\.html$/
const inPage = (change: (body: Buffer) => Buffer) => (members: readonly Member[]) =>
  edit(members, page, change)
const inMets = (change: (text: string) => string) => (members: readonly Member[]) =>
  edit(members, /\.xml$/, (body) => Buffer.from(change(body.toString('utf8'))))

/** The ways to break a book by name, each with the kind of the one defect that must be found. */
export const breakages: Readonly<Record<string, Breakage>> = {
  'wrong-passphrase': { defect: 'WrongPassphraseOrDamaged', passphrase: 'not the passphrase of the sample' },
  'flipped-byte': { defect: 'Damaged', ciphertext: flipMiddle },
  truncated: {
    defect: 'Damaged',
    ciphertext: (bytes) => bytes.subarray(0, bytes.length - 1000),
  },
  'missing-page': {
    defect: 'MissingFile',
    summed: (members) => members.filter(({ name }) => !page.test(name)),
  },
  'bad-checksum': {
    defect: 'BadChecksum',
    summed: (members) =>
      edit(members, /^checksum/, (body) => Buffer.from(`${'0'.repeat(32)}${body.subarray(32)}`)),
  },
  'path-escape': {
    defect: 'BadFilename',
    summed: (members) => [...members, { name: '../x', body: Buffer.from('x') }],
  },
  'not-gzip': { defect: 'BadFile', archive: () => Buffer.from('This is no archive.\n'.repeat(50)) },
  symlink: {
    defect: 'BadFile',
    summed: (members) => [...members, { name: '00000099.txt', body: Buffer.alloc(0), link: '/etc/passwd' }],
  },
  'duplicate-name': { defect: 'BadFilename', summed: (members) => [...members, members[0]!] },
  'bad-utf8': {
    defect: 'BadUTF',
    members: (members) =>
      edit(members, /^00000002\.txt$/, (body) => Buffer.concat([body, Buffer.from([0xff, 0xfe])])),
  },
  'mets-malformed': { defect: 'BadFile', members: inMets((text) => text.replace('</mets:mets>', '')) },
  'mets-without-marc': {
    defect: 'MissingField',
    members: inMets((text) => text.replace(/<mets:dmdSec[\s\S]*?<\/mets:dmdSec>/, '')),
  },
  'page-count': {
    defect: 'NotEqualValues',
    members: inMets((text) => text.replace(/<gbs:ocr_page[^>]*\/>/, '')),
  },
  'mets-of-another-book': {
    defect: 'NotEqualValues',
    members: inMets((text) => text.replace(/OBJID="[^"]*"/, 'OBJID="PRNC:32101700000027"')),
  },
  'mets-file-missing': {
    defect: 'MissingFile',
    members: inMets((text) => text.replace('href="00000003.tif"', 'href="00000003.png"')),
  },
  'marc-empty': {
    defect: 'MissingField',
    members: inMets((text) => text.replace(/<slim:record>[\s\S]*<\/slim:record>/, '<slim:record/>')),
  },
  'without-title': {
    defect: 'MissingField',
    members: inMets((text) => text.replace(/<slim:datafield tag="245"[\s\S]*?<\/slim:datafield>/, '')),
  },
  'empty-image': { defect: 'BadFile', members: inPage(() => Buffer.alloc(0)) },
  'half-image': { defect: 'BadFile', members: inPage((body) => body.subarray(0, body.length >> 1)) },
  'web-page-as-image': {
    defect: 'BadFile',
    members: inPage(() => Buffer.from('<!DOCTYPE html><title>503 Service Unavailable</title>\n')),
  },
  'mistaken-image': {
    defect: 'BadFile',
    members: (members) => inPage(() => members.find(({ name }) => name === '00000002.jp2')!.body)(members),
  },
  'empty-hocr': { defect: 'BadFile', members: (members) => edit(members, hocr, () => Buffer.alloc(0)) },
  'empty-ocr': {
    defect: 'MissingField',
    members: (members) => edit(members, /\.txt$/, () => Buffer.from('\n')),
  },
}

/** A broken book that was made. */
export interface BrokenBook {
  readonly barcode: string
  readonly file: string
  readonly defect: DefectKind
}

export interface BreakOptions {
  /** An encrypted archive in good order, and its passphrase. */
  readonly sample: string
  readonly passphrase: string
  /** Where the broken ones go. */
  readonly folder: string
  /** Names of `breakages`; all by default. */
  readonly only?: readonly string[]
}

/**
 * Makes broken books out of a good one, each under a barcode of its own, `broken-<breakage>`, and right in all else.
 * What is inside is always the same; the ciphertext is salted, as encryption is.
 */
export async function breakBook({ sample, passphrase, folder, only }: BreakOptions): Promise<BrokenBook[]> {
  const pages = await openBook(sample, passphrase)
  const from = barcodeOfArchive(basename(sample))!
  const made: BrokenBook[] = []
  for (const name of only ?? Object.keys(breakages)) {
    const breakage = breakages[name]
    if (!breakage)
      throw new Error(`There is no breakage "${name}"; there are ${Object.keys(breakages).join(', ')}.`)
    const barcode = `broken-${name}`
    const file = join(folder, archiveNameOf(barcode))
    const bytes = await apply(breakage, rename(pages, from, barcode), passphrase)
    await writeDurably(file, (target) => target.writeFile(bytes))
    made.push({ barcode, file, defect: breakage.defect })
  }
  return made
}

async function apply(breakage: Breakage, pages: readonly Member[], passphrase: string): Promise<Buffer> {
  const same = <T>(value: T) => value
  const members = (breakage.members ?? same)(pages)
  const archive = makeArchive((breakage.summed ?? same)([...members, checksumsOf(members)]))
  const ciphertext = await encrypt((breakage.archive ?? same)(archive), breakage.passphrase ?? passphrase)
  return (breakage.ciphertext ?? same)(ciphertext)
}

/** The members of an encrypted book but `checksum.md5`, by name. */
export async function openBook(sample: string, passphrase: string): Promise<Member[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'pipewright-break-'))
  try {
    const [archive, folder] = [join(scratch, 'book.tar.gz'), join(scratch, 'book')]
    await decryptFile({ source: sample, target: archive, passphrase })
    await unpackFile({ source: archive, folder })
    const names = (await readdir(folder)).filter((name) => name !== 'checksum.md5').sort()
    return await Promise.all(names.map(async (name) => ({ name, body: await readFile(join(folder, name)) })))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function rename(members: readonly Member[], from: string, to: string): Member[] {
  return members.map(({ name, body }) =>
    name.endsWith('.xml')
      ? { name: name.replace(from, to), body: Buffer.from(body.toString('utf8').replaceAll(from, to)) }
      : { name, body },
  )
}

function edit(members: readonly Member[], name: RegExp, change: (body: Buffer) => Buffer): Member[] {
  return members.map((member) => (name.test(member.name) ? { ...member, body: change(member.body) } : member))
}

function flipMiddle(bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes)
  flipped[flipped.length >> 1]! ^= 1
  return flipped
}
