/*
 * The files of a version of a book have keys of their own, `{barcode}/{version}/{name}`, so that nothing that is stored
 * is ever overwritten by another version. A version is called by the sha256 of its tarball, and the row of the book in
 * the export says which version counts: to write that row is the switch, at once and in any storage. A reader takes the
 * sha256 of the row, then the files of that version; should these be gone, another version has taken their place.
 *
 * Which versions a book has put into storage, or is about to replace, is remembered in its staging folder before
 * anything is put: every end of the book removes those that the row does not name.
 */
import { join } from 'node:path'
import * as z from 'zod'
import type { BookContext } from '../context.ts'
import { writeDurably } from '../durable-file.ts'
import { exportedVersion } from '../export/books-export.ts'
import { readPlain } from '../plain-file.ts'
import type { Storage } from './storage.ts'

/** A book has at most these in storage. */
const ends = ['.tar.gz', '_ocr.jsonl.gz', '_metadata.json']
/** The file in the staging folder. */
const memory = 'storing.json'

const Storing = z.object({ bucket: z.string(), versions: z.array(z.string()) })
type Storing = z.infer<typeof Storing>

/** What of a context is needed to know what is stored. */
export type StoredContext = Pick<BookContext, 'storage' | 'exports'>

/** The key of a file of a version. */
export function keyOf(barcode: string, version: string, name: string): string {
  return `${barcode}/${version}/${name}`
}

/** Remembers in the staging folder of a book that `version` is about to be put into a done bucket, and what it will replace. */
export async function rememberVersion(
  { exports }: StoredContext,
  staged: string,
  {
    barcode,
    bucket,
    version,
  }: { readonly barcode: string; readonly bucket: string; readonly version: string },
): Promise<void> {
  const known = await readStoring(staged)
  const current = await exportedVersion(exports(bucket), barcode)
  const versions = new Set([...(known?.versions ?? []), ...(current === undefined ? [] : [current]), version])
  const storing: Storing = { bucket, versions: [...versions] }
  await writeDurably(join(staged, memory), (file) => file.writeFile(JSON.stringify(storing)))
}

/** Removes from storage what the staging folder of a book remembers, but for the version that its row names. */
export async function removeUnused(
  { storage, exports }: StoredContext,
  staged: string,
  barcode: string,
): Promise<void> {
  const storing = await readStoring(staged)
  if (!storing) return
  const { bucket, versions } = storing
  const current = await exportedVersion(exports(bucket), barcode)
  const others = versions.filter((version) => version !== current)
  for (const version of others) await removeVersion(storage(bucket), barcode, version)
  if (others.length > 0 && current !== undefined) await removeUnversioned(storage(bucket), barcode, current)
}

/** Before 0.2 the files of a book lay in its folder. They count as long as those of the version are not there. */
async function removeUnversioned(storage: Storage, barcode: string, current: string): Promise<void> {
  if (!(await storage.head(keyOf(barcode, current, `${barcode}.tar.gz`)))) return
  for (const end of ends) await storage.remove(`${barcode}/${barcode}${end}`)
}

async function removeVersion(storage: Storage, barcode: string, version: string): Promise<void> {
  for (const end of ends) await storage.remove(keyOf(barcode, version, barcode + end))
}

async function readStoring(staged: string): Promise<Storing | undefined> {
  const bytes = await readPlain(join(staged, memory)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return bytes && Storing.parse(JSON.parse(String(bytes)))
}
