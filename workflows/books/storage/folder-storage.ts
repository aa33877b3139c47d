import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { z } from 'zod'
import { inBucket } from '../bucket.ts'
import { Defect } from '../defect.ts'
import { writeDurably } from '../durable-file.ts'
import { openPlain, readPlain } from '../plain-file.ts'
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
      const stored = Sidecar.parse(JSON.parse((await readPlain(`${path}.meta.json`)).toString('utf8')))
      return (await stat(path)).size === stored.bytes ? stored : undefined
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  }
  return {
    head,
    async put(key, upload) {
      if (isStored(await head(key), upload)) return { stored: false }
      const path = inBucket(folder, key)
      await copyVerified(key, path, upload)
      const { bytes, sha256, metadata = {} } = upload
      await writeDurably(`${path}.meta.json`, (file) =>
        file.writeFile(JSON.stringify({ bytes, sha256, metadata })),
      )
      return { stored: true }
    },
  }
}

async function copyVerified(
  key: string,
  path: string,
  { file, bytes, sha256, signal }: Upload,
): Promise<void> {
  await writeDurably(path, async (target) => {
    const digest = createHash('sha256')
    let copied = 0
    const source = await openPlain(file)
    const chunks = source.createReadStream({ highWaterMark: 2 ** 20, ...(signal && { signal }) })
    for await (const chunk of chunks) {
      await target.writeFile(chunk as Buffer)
      digest.update(chunk as Buffer)
      copied += (chunk as Buffer).length
    }
    const actual = digest.digest('hex')
    if (copied === bytes && actual === sha256) return
    throw new Defect(
      'OperationFailed',
      `${key} is not what it was when it was hashed: its sha256 is ${actual}.`,
      {
        file: key,
        actual,
        expected: sha256,
      },
    )
  })
}
