import { copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { archiveNameOf, barcodeOfArchive } from '../barcode.ts'
import { fillDurably } from '../durable-file.ts'
import { openKeyring } from '../keyring.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
/** The book that the broken ones are made of: its images are both TIFF and JPEG 2000. */
const broken = '32101700000043'

/** The keyring of the sample; its passphrases are public. */
export const sampleKeyring = join(here, 'keyring.json')

/** Fills `folder` with the sample books and with broken ones made of them, unless there is anything in it. */
export async function layOutSample(folder: string): Promise<{ laidOut: boolean }> {
  const present = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  if (present.length > 0) return { laidOut: false }
  const archives = (await readdir(here)).filter(barcodeOfArchive)
  const passphrase = (await openKeyring({ file: sampleKeyring, shared: true })).passphrase('sample')
  // It loads openpgp.js, which only this needs of all that the app does.
  const { breakBook } = await import('./break.ts')
  await fillDurably(folder, async (partial) => {
    for (const name of archives) await copyFile(join(here, name), join(partial, name))
    await breakBook({ sample: join(here, archiveNameOf(broken)), passphrase, folder: partial })
  })
  return { laidOut: true }
}
