import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratchFolder } from '../scratch.ts'

/** An upload of a file with this content. */
export function uploadOf(
  content: string | Buffer,
  metadata: Readonly<Record<string, string>> = { etag: 'abc' },
) {
  const file = join(scratchFolder(), 'file')
  const bytes = Buffer.from(content as string)
  writeFileSync(file, bytes)
  return { file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), metadata }
}

/** So many bytes, of which no two parts are alike. */
export function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length, 'The pages of a book. ')
  for (let at = 0; at + 4 <= length; at += 4096) bytes.writeUInt32LE(at, at)
  return bytes
}
