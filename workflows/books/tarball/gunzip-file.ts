import { isNativeError } from 'node:util/types'
import { createGunzip } from 'node:zlib'
import { Defect } from '../defect.ts'
import { openPlain } from '../plain-file.ts'

const chunkBytes = 256 * 1024
const zeros = Buffer.alloc(chunkBytes)

/** How a gzip file is read. */
interface Gunzipping {
  readonly signal?: AbortSignal
  /** Called at the end if zeros follow it. */
  readonly padded?: () => void
}

/**
 * Decompresses a gzip file; `BadFile` when it is no gzip, damaged, cut short, or followed by something else. Zeros may
 * follow, as on a tape: `gzip` takes them for padding.
 */
export async function* gunzipFile(
  source: string,
  { signal, padded }: Gunzipping = {},
): AsyncGenerator<Uint8Array> {
  const file = await openPlain(source)
  const { size } = await file.stat()
  const compressed = file.createReadStream({ highWaterMark: chunkBytes, ...(signal && { signal }) })
  const gunzip = createGunzip({ chunkSize: chunkBytes })
  compressed.on('error', (error) => gunzip.destroy(error))
  try {
    yield* compressed.pipe(gunzip)
  } catch (error) {
    signal?.throwIfAborted()
    if (!isZlib(error)) throw error
    throw new Defect('BadFile', 'The file is not a whole gzip file.', { detail: error.message }, error)
  } finally {
    compressed.destroy()
    gunzip.destroy()
  }
  // zlib stops at the end of the last member and ignores what follows.
  const end = gunzip.bytesWritten
  if (end === size) return
  if (await isPadding(source, end, signal)) return padded?.()
  const details = { actual: size, expected: end }
  throw new Defect('BadFile', 'Something follows the end of the gzip file.', details)
}

async function isPadding(source: string, start: number, signal?: AbortSignal): Promise<boolean> {
  const file = await openPlain(source)
  const rest = file.createReadStream({ start, highWaterMark: chunkBytes, ...(signal && { signal }) })
  for await (const chunk of rest as AsyncIterable<Buffer>) {
    if (!chunk.equals(zeros.subarray(0, chunk.length))) return false
  }
  return true
}

function isZlib(error: unknown): error is Error {
  return isNativeError(error) && 'code' in error && String(error.code).startsWith('Z_')
}
