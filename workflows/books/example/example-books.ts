import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { StagedFile } from '../states/book.ts'
import { Converted } from '../states/converted.ts'
import { Converting } from '../states/converting.ts'
import { Decrypted } from '../states/decrypted.ts'
import { Downloaded } from '../states/downloaded.ts'
import { Modified } from '../states/modified.ts'
import { Unconverted } from '../states/unconverted.ts'
import { Unpacked } from '../states/unpacked.ts'
import { Uploaded } from '../states/uploaded.ts'
import { Wanted } from '../states/wanted.ts'
import { keyOf } from '../storage/version.ts'

const titles = [
  ['The Declaration of Independence', 'Jefferson, Thomas', '1776'],
  ['Common Sense', 'Paine, Thomas', '1776'],
  ['The Federalist, part I', 'Hamilton, Alexander', '1788'],
  ['The Federalist, part II', 'Madison, James', '1788'],
] as const

const archivedAt = '2026-11-18T10:00:00.000Z'
const requestedAt = '2026-11-19T08:00:00.000Z'
const storedAt = '2026-11-20T12:00:00.000Z'

/** A book in each state that the stages lead to, by the stage that takes it on, as if it had been worked on. */
export function exampleBook(barcode: string) {
  const n = Number(barcode.slice(-3))
  const size = 4_000_000 + n * 1000
  const [title, author, date] = titles[n % titles.length]!
  const pages = 6 + (n % 300)
  const file = (name: string, share = 1): StagedFile => ({
    path: `${barcode}/${name}`,
    bytes: Math.round(size * share),
    sha256: createHash('sha256').update(name).digest('hex'),
  })

  const book = { barcode, processing_bucket: 'processing', done_bucket: 'done', passphrase: 'main' }
  const wanted = Wanted(book)
  const unconverted = Unconverted(book)
  const converting = Converting({ ...book, requested_at: requestedAt })
  const converted = Converted(book)
  const archive = file(`${barcode}.tar.gz.gpg`)
  const downloaded = Downloaded({
    ...converted,
    archive: { ...archive, etag: archive.sha256, date: archivedAt },
  })
  const decrypted = Decrypted({ ...downloaded, decrypted: file(`${barcode}.decrypted.tar.gz`, 0.99) })
  const path = `${barcode}/unpacked`
  const files = 3 * pages + 2
  const unpacking = { path, files, bytes: size * 2, pages, mets: `NJP_${barcode}.xml` }
  const unpacked = Unpacked({ ...decrypted, unpacked: unpacking })
  const tarball = file(`${barcode}.tar.gz`)
  const ocr = file(`${barcode}_ocr.jsonl.gz`, 0.01)
  const metadata = file(`${barcode}_metadata.json`, 0.001)
  const modified = Modified({
    ...unpacked,
    about: { title, author, date, language: 'eng' },
    outputs: { tarball, ocr, metadata },
  })
  const stored = [tarball, ocr, metadata].map(({ path, bytes, sha256 }) => ({
    key: keyOf(barcode, tarball.sha256, basename(path)),
    bytes,
    sha256,
  }))
  const uploaded = Uploaded({ ...modified, stored, stored_at: storedAt })
  const asked = { check: wanted, request: unconverted, awaitConversion: converting }
  const states = { ...asked, download: converted, decrypt: downloaded, unpack: decrypted, modify: unpacked }
  return { ...states, upload: modified, cleanUp: uploaded }
}
