import { createHash } from 'node:crypto'
import { type FileHandle, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { isNativeError } from 'node:util/types'
import { z } from 'zod'
import { inBucket } from '../bucket.ts'
import { linkDurably, writeDurably } from '../durable-file.ts'
import { openPlain, readPlain } from '../plain-file.ts'
import { changed } from './changed.ts'
import { isStored, type Storage, type StoredFile, type Upload } from './storage.ts'

const Sidecar = z.object({
  bytes: z.number(),
  sha256: z.string(),
  metadata: z.record(z.string(), z.string()),
})

/**
 * Storage in a folder. Beside each file stands `<name>.meta.json`, written after it: a file whose sidecar is missing or
 * speaks of another size counts as absent, and is stored again.
 */
export function folderStorage(folder: string): Storage {
  const head = async (key: string): Promise<StoredFile | undefined> => {
    const path = inBucket(folder, key)
    try {
      const stored = Sidecar.parse(JSON.parse((await readPlain(sidecarOf(path))).toString('utf8')))
      return (await stat(path)).size === stored.bytes ? stored : undefined
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined
      if (isNativeError(error) && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  }
  return {
    head,
    async remove(key) {
      const path = inBucket(folder, key)
      await rm(sidecarOf(path), { force: true })
      await rm(path, { force: true })
      // The folders of a version, and of a book, of which nothing is left.
      for (let at = dirname(path); at !== resolve(folder); at = dirname(at)) {
        if (await rmdir(at).catch(() => 'is not empty')) break
      }
    },
    async put(key, upload) {
      if (isStored(await head(key), upload)) return { stored: false }
      const path = inBucket(folder, key)
      await storeVerified(key, path, upload)
      const { bytes, sha256, metadata = {} } = upload
      await writeDurably(sidecarOf(path), (file) =>
        file.writeFile(JSON.stringify({ bytes, sha256, metadata })),
      )
      return { stored: true }
    },
  }
}

function sidecarOf(path: string): string {
  return `${path}.meta.json`
}

/** A stream makes room for a whole chunk, also where the file has less. */
const chunkBytes = 2 ** 17

/** Stores a file by a second name of it, or in another file system by a copy. It is read once, and hashed. */
async function storeVerified(key: string, path: string, upload: Upload): Promise<void> {
  const { file } = upload
  const isLinked = await linkDurably(file, path, (linked) => verified(key, linked, upload))
  if (isLinked) return
  await writeDurably(path, async (target) => {
    const source = await openPlain(file)
    try {
      await verified(key, source, upload, (chunk) => target.writeFile(chunk))
    } finally {
      await source.close()
    }
  })
}

/** Reads a file to its end; throws if it is not what is to be uploaded. */
async function verified(
  key: string,
  file: FileHandle,
  { bytes, sha256, signal }: Upload,
  each: (chunk: Buffer) => Promise<void> = async () => {},
): Promise<void> {
  const digest = createHash('sha256')
  let read = 0
  const options = { start: 0, autoClose: false, highWaterMark: chunkBytes, ...(signal && { signal }) }
  for await (const chunk of file.createReadStream(options)) {
    await each(chunk as Buffer)
    digest.update(chunk as Buffer)
    read += (chunk as Buffer).length
  }
  const actual = digest.digest('hex')
  if (read === bytes && actual === sha256) return
  throw changed(key, { sha256 }, `its sha256 is ${actual}`, actual)
}
