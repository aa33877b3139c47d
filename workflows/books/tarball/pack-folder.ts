import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { create } from 'tar'
import { writeDurably } from '../durable-file.ts'

export interface PackOptions {
  readonly folder: string
  readonly target: string
  readonly signal?: AbortSignal
}

/**
 * Packs the files of a flat folder into a `.tar.gz` that depends on their names and bytes only: sorted, no owners, one
 * mode, one time. (The compression is zlib's, so another version of Node may choose other bytes.)
 */
export async function packFolder({
  folder,
  target,
  signal,
}: PackOptions): Promise<{ bytes: number; sha256: string }> {
  const names = (await readdir(folder)).sort()
  return writeDurably(target, async (file) => {
    const archive = create(
      {
        cwd: folder,
        gzip: { level: 6 },
        portable: true,
        strict: true,
        mtime: new Date(0),
        noDirRecurse: true,
        onWriteEntry: (entry) => {
          if (entry.stat) entry.stat.mode = 0o100644
        },
      },
      names,
    )
    const digest = createHash('sha256')
    let bytes = 0
    for await (const chunk of archive) {
      signal?.throwIfAborted()
      const piece = chunk as unknown as Uint8Array
      await file.writeFile(piece)
      digest.update(piece)
      bytes += piece.length
    }
    return { bytes, sha256: digest.digest('hex') }
  })
}
