import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { openPlain } from '../plain-file.ts'

const chunkBytes = 2 ** 18

/** The digest of a file of a folder, in lower-case hexadecimal. */
export type Digests = (name: string, algorithm: string) => Promise<string>

/** Digests of the files in `folder`, each worked out once, however often it is asked for. */
export function makeDigests(folder: string, signal?: AbortSignal): Digests {
  const known = new Map<string, Promise<string>>()
  return (name, algorithm) => {
    const key = `${algorithm} ${name}`
    const digest = known.get(key) ?? digestOf(join(folder, name), algorithm, signal)
    known.set(key, digest)
    return digest
  }
}

async function digestOf(path: string, algorithm: string, signal: AbortSignal | undefined): Promise<string> {
  const digest = createHash(algorithm)
  const file = await openPlain(path)
  try {
    const { size } = await file.stat()
    const chunk = Buffer.allocUnsafe(Math.min(size, chunkBytes) + 1)
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead } = await file.read(chunk, 0, chunk.length, null)
      if (bytesRead === 0) return digest.digest('hex')
      digest.update(chunk.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}
