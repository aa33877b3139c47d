/*
 * A file that is fetched, and goes on where it was left when the process dies at any byte. What there is of it is called after the
 * version that is being fetched, so bytes of two versions never mix; two attempts at one version may write at once, since both write
 * the same bytes to the same places. What was there before the machine was started last may have holes, whatever its size says: it is
 * not gone on with.
 */
import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open, rename, stat } from 'node:fs/promises'
import { uptime } from 'node:os'
import { dirname } from 'node:path'
import { sayDiskTrouble } from './disk-trouble.ts'
import { makeFolder, partialOf, removeLeftovers, syncFolder } from './durable-file.ts'

/** A file while it is fetched. */
export interface ResumedFile {
  /** Appends. */
  readonly write: (chunk: Uint8Array) => Promise<void>
  /** How many bytes there are. */
  readonly bytes: () => number
}

/** What was written. */
export interface Resumed {
  readonly bytes: number
  readonly sha256: string
}

const readBytes = 2 ** 20
const writeBytes = 2 ** 18

/** How many bytes of `version` of `target` there are to go on from; 0 if none. */
export async function bytesThere(target: string, version: string): Promise<number> {
  try {
    const { size, mtimeMs } = await stat(partialAt(target, version))
    return mtimeMs > startedAt() ? size : 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

/**
 * Writes on `version` of a file from its byte `from` through `write`, and makes it visible as `target`, durably, when that has resolved. If it
 * rejects, what there is stays.
 */
export async function writeOn(
  target: string,
  { version, from }: { readonly version: string; readonly from: number },
  write: (file: ResumedFile) => Promise<void>,
): Promise<Resumed> {
  const partial = partialAt(target, version)
  try {
    await makeFolder(dirname(target))
    await removeLeftovers(target, partial)
    const file = await open(partial, from === 0 ? 'w+' : 'r+', 0o600)
    try {
      const digest = createHash('sha256')
      await digestStart(file, digest, from)
      const writer = makeWriter(file, digest, from)
      try {
        await write(writer)
      } finally {
        await writer.finish()
      }
      const bytes = writer.bytes()
      await file.truncate(bytes)
      await file.sync()
      await rename(partial, target)
      await syncFolder(dirname(target))
      return { bytes, sha256: digest.digest('hex') }
    } finally {
      await file.close()
    }
  } catch (error) {
    throw sayDiskTrouble(error, target)
  }
}

async function digestStart(file: FileHandle, digest: Hash, bytes: number): Promise<void> {
  const chunk = Buffer.allocUnsafe(Math.min(readBytes, bytes))
  for (let at = 0; at < bytes; ) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, bytes - at), at)
    if (bytesRead === 0) throw new Error('What was fetched before has become shorter meanwhile.')
    digest.update(chunk.subarray(0, bytesRead))
    at += bytesRead
  }
}

/** Writes some chunks at a time, while the next ones come. */
function makeWriter(file: FileHandle, digest: Hash, from: number) {
  let bytes = from
  let held: Uint8Array[] = []
  let heldBytes = 0
  let writing: Promise<void> = Promise.resolve()
  const flush = async () => {
    const chunks = held
    const at = bytes - heldBytes
    held = []
    heldBytes = 0
    await writing
    writing = writeAll(file, chunks, at)
    // It rejects where it is waited for.
    writing.catch(() => {})
    for (const chunk of chunks) digest.update(chunk)
  }
  return {
    bytes: () => bytes,
    async write(chunk: Uint8Array) {
      held.push(chunk)
      heldBytes += chunk.length
      bytes += chunk.length
      if (heldBytes >= writeBytes) await flush()
    },
    async finish() {
      if (heldBytes > 0) await flush()
      await writing
    },
  }
}

async function writeAll(file: FileHandle, chunks: readonly Uint8Array[], at: number): Promise<void> {
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0)
  const { bytesWritten } = await file.writev(chunks, at)
  if (bytesWritten === bytes) return
  // Less than all is written where the disk is nearly full: what is missing then says so.
  const rest = Buffer.concat(chunks)
  for (let done = bytesWritten; done < bytes; )
    done += (await file.write(rest, done, bytes - done, at + done)).bytesWritten
}

function partialAt(target: string, version: string): string {
  return partialOf(target, createHash('sha256').update(version).digest('hex').slice(0, 12))
}

/** When this machine was started, in milliseconds since 1970. */
function startedAt(): number {
  return Date.now() - uptime() * 1000
}
