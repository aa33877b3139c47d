import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type Infer, type WorkContext, worker, wrapped } from 'pipewright'
import * as z from 'zod'
import type { BookContext } from '../context.ts'
import { Defect } from '../defect.ts'
import { writeDurably } from '../durable-file.ts'
import { acceptedOf, overlook } from '../finding.ts'
import { type Metadata, metadataOf } from '../mets/metadata.ts'
import { readMets } from '../mets/read-mets.ts'
import { writeOcr } from '../ocr/write-ocr.ts'
import { openPlain } from '../plain-file.ts'
import { type Staging, stagingOf } from '../staging.ts'
import { About, Outputs, type StagedFile } from '../states/book.ts'
import { Modified } from '../states/modified.ts'
import { Unpacked, UnpackedFields } from '../states/unpacked.ts'
import { sweeping } from '../sweep.ts'
import { writeGzip } from '../write-gzip.ts'
import { failing } from './failing.ts'
import { onDisk } from './on-disk.ts'
import { type Tuning, tuned } from './tuning.ts'

type UnpackedBook = Infer<typeof UnpackedFields>
const Result = z.object({ about: About, outputs: Outputs })

const defaults = { concurrency: 2, timeoutMs: 3_600_000, retry: { attempts: 3 } }

async function modify(book: UnpackedBook, ctx: BookContext & WorkContext): Promise<z.infer<typeof Result>> {
  const staging = stagingOf(ctx, book)
  const folder = await staging.existingFolder(book.unpacked)
  const metadata = await readMetadata(book, folder, ctx.signal)
  const making = { staging, signal: ctx.signal }
  const ocr = await makeOcr(book, folder, making)
  ctx.progress(0.3, 'packing')
  const tarball = await plainTarball(book, folder, making)
  const written = metadata && (await writeMetadata(metadata, staging))
  ctx.log.info('Made what storage gets.')
  return { about: aboutOf(metadata), outputs: { tarball, ocr, metadata: written } }
}

interface Making {
  readonly staging: Staging
  readonly signal: AbortSignal
}

/** The tarball as it came, where the package is as it should be; else one of what was unpacked. */
async function plainTarball(
  { barcode, decrypted, unpacked }: UnpackedBook,
  folder: string,
  { staging, signal }: Making,
): Promise<StagedFile> {
  if (unpacked.texts !== undefined) {
    await staging.existing(decrypted)
    return decrypted
  }
  await staging.remove(decrypted.path)
  const path = staging.path(`${barcode}.tar.gz`)
  const { packFolder } = await import('../tarball/pack-folder.ts')
  return { path, ...(await packFolder({ folder, target: staging.absolute(path), signal })) }
}

async function readMetadata(
  book: UnpackedBook,
  folder: string,
  signal: AbortSignal,
): Promise<Metadata | null> {
  const accepted = acceptedOf(book)
  const metadata = await metadataIn(book, folder, signal).catch((error: unknown) => {
    if (!(error instanceof Defect)) throw error
    overlook('metadata', error, accepted)
    return null
  })
  if (metadata?.title === null) overlook('metadata', untitled(), accepted)
  return metadata
}

async function metadataIn(book: UnpackedBook, folder: string, signal: AbortSignal): Promise<Metadata> {
  const { mets, pages } = book.unpacked
  if (mets === null) throw new Defect('MissingFile', 'The package has no METS.', { field: 'METS' })
  return metadataOf(book.barcode, await readMets(join(folder, mets), signal), pages)
}

/** Every MARC record of a book has a title; without one no reader of a catalogue finds it. */
function untitled(): Defect {
  return new Defect('MissingField', 'The MARC record in the METS has no title (245 a).', { field: '245' })
}

async function makeOcr(book: UnpackedBook, folder: string, { staging, signal }: Making): Promise<StagedFile> {
  const { pages, texts } = book.unpacked
  const path = staging.path(`${book.barcode}_ocr.jsonl.gz`)
  const target = staging.absolute(path)
  if (texts !== undefined) {
    const lines = await openPlain(join(folder, texts))
    return { path, ...(await writeGzip(target, lines.createReadStream({ signal }))) }
  }
  const { empty, bytes, sha256 } = await writeOcr({ folder, pages, target, signal })
  if (empty) overlook('metadata', textless(pages), acceptedOf(book))
  return { path, bytes, sha256 }
}

function textless(pages: number): Defect {
  const sentence = `None of the ${pages} pages has any text.`
  return new Defect('MissingField', sentence, { field: 'OCR', expected: pages, actual: 0 })
}

async function writeMetadata(metadata: Metadata, staging: Staging): Promise<StagedFile> {
  const path = staging.path(`${metadata.barcode}_metadata.json`)
  const text = Buffer.from(`${JSON.stringify(metadata, null, 2)}\n`)
  await writeDurably(staging.absolute(path), (file) => file.writeFile(text))
  return { path, bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') }
}

function aboutOf(metadata: Metadata | null): About {
  const { title = null, authors = [], date1 = null, language = null } = metadata ?? {}
  return { title, author: authors[0] ?? null, date: date1, language }
}

/** Makes what storage gets: metadata from the MARC record, the text of all pages, a plain tarball. */
export const makeModify = (tuning: Tuning = {}) =>
  wrapped(
    worker({
      input: UnpackedFields,
      output: Result,
      process: onDisk(sweeping(modify)),
      ...tuned(defaults, tuning),
    }),
    {
      input: Unpacked,
      output: Modified,
      pre: (book) => book,
      post: (book, made) => Modified({ ...book, ...made }),
      failed: failing('modify'),
    },
  )
