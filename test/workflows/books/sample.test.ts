import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { barcodeOfArchive } from '../../../workflows/books/barcode.ts'
import { openKeyring } from '../../../workflows/books/keyring.ts'
import { metadataOf } from '../../../workflows/books/mets/metadata.ts'
import { writeOcr } from '../../../workflows/books/ocr/write-ocr.ts'
import { decryptFile } from '../../../workflows/books/openpgp/decrypt-file.ts'
import { checkPackage } from '../../../workflows/books/package/check-package.ts'
import { breakages, breakBook } from '../../../workflows/books/sample/break.ts'
import { unpackFile } from '../../../workflows/books/tarball/unpack-file.ts'
import { sampleFile, samplePassphrase, scratchFolder } from './scratch.ts'

async function handle(source: string, folder: string) {
  const barcode = barcodeOfArchive(source.split('/').at(-1)!)!
  const archive = join(folder, `${barcode}.tar.gz`)
  const book = join(folder, barcode)
  const keyring = await openKeyring({ file: sampleFile('keyring.json'), shared: true })
  await decryptFile({ source, target: archive, passphrase: keyring.passphrase('sample') })
  await unpackFile({ source: archive, folder: book })
  const { files, mets } = await checkPackage(book, { barcode })
  const target = join(folder, `${barcode}_ocr.jsonl.gz`)
  const ocr = await writeOcr({ folder: book, pages: files.pages, target })
  return { metadata: metadataOf(barcode, mets), ocr, target, files }
}

const { books } = JSON.parse(readFileSync(sampleFile('manifest.json'), 'utf8')) as {
  books: { barcode: string; title: string; pages: number }[]
}

test.each(books)(
  '$barcode passes every check, and its METS and texts are read',
  async ({ barcode, title, pages }) => {
    const { metadata, ocr, target } = await handle(sampleFile(`${barcode}.tar.gz.gpg`), scratchFolder())
    expect(metadata).toMatchObject({ barcode, title, pages, language: 'eng' })
    expect(ocr.empty).toBe(false)
    const lines = gunzipSync(readFileSync(target)).toString('utf8').trimEnd().split('\n')
    expect(lines.map((line) => typeof JSON.parse(line))).toEqual(
      Array.from({ length: pages }, () => 'string'),
    )
  },
)

let brokenFolder: string
beforeAll(async () => {
  brokenFolder = mkdtempSync(join(tmpdir(), 'pipewright-broken-'))
  const sample = sampleFile('32101700000043.tar.gz.gpg')
  await breakBook({ sample, passphrase: samplePassphrase, folder: brokenFolder })
})
afterAll(() => rmSync(brokenFolder, { recursive: true, force: true }))

test.each(Object.entries(breakages))(
  'a book broken by %s is found to have that defect',
  async (name, { defect }) => {
    // Found where the metadata is made, and the text.
    const handled = handle(join(brokenFolder, `broken-${name}.tar.gz.gpg`), scratchFolder())
    if (name === 'empty-ocr') expect((await handled).ocr.empty).toBe(true)
    else if (name === 'without-title') expect((await handled).metadata.title).toBe(null)
    else await expect(handled).rejects.toMatchObject({ name: 'Defect', code: defect, retry: false })
  },
)
