/*
 * A large file goes in parts, each with its sha256 signed and as its checksum. Its bytes are read twice: to hash a part,
 * and with it the whole, while parts before it are sent; and to send it. All that is kept are the hashes and etags of
 * parts. Only when the whole proves to be what was hashed before is the upload completed, under the condition under
 * which a small file is put; else, whatever it was that failed, it is aborted, and there is nothing of it.
 */
import { createHash, type Hash } from 'node:crypto'
import { changed } from '../changed.ts'
import type { Upload } from '../storage.ts'
import { documentIn, failed, incomplete, isConflict } from './answer.ts'
import { type Part, planParts } from './parts.ts'
import type { S3Request, S3Requests } from './requests.ts'
import { type HashedSlice, readSlice } from './slice.ts'
import { escapeXml, textIn } from './xml.ts'

type Headers = NonNullable<S3Request['headers']>

/** How a large file is sent. */
export interface Sending {
  readonly key: string
  readonly upload: Upload
  /** By which its metadata is kept. */
  readonly metadata: Headers
  /** Under which it may take its place. */
  readonly condition: Headers
  readonly partBytes: number
}

interface SentPart extends Part {
  readonly sha256: string
  readonly etag: string
}

const partsAtOnce = 2
/** Milliseconds that an abort may take that ends a failure. What is left is aborted by the next attempt. */
const abortMs = 5_000

/** Sends a file in parts. Resolves with whether it was stored: false when the condition did not hold, or another write was under way. */
export async function sendInParts(request: S3Requests, sending: Sending): Promise<boolean> {
  const { key, upload, metadata } = sending
  const { signal } = upload
  const asked = { action: 'CreateMultipartUpload', key } as const
  const headers = { ...metadata, 'x-amz-checksum-algorithm': 'SHA256' }
  const created = await request({ ...asked, query: { uploads: '' }, headers, signal })
  const uploadId = textIn(documentIn(asked, created, 'InitiateMultipartUploadResult'), 'UploadId')
  if (!uploadId) throw incomplete(asked)
  let isStored = false
  try {
    const parts = await sendParts(request, sending, uploadId)
    isStored = await complete(request, sending, { uploadId, parts })
    return isStored
  } finally {
    if (!isStored) {
      const aborting = { action: 'AbortMultipartUpload', key, query: { uploadId } } as const
      await request({ ...aborting, signal: AbortSignal.timeout(abortMs) }).catch(() => {})
    }
  }
}

async function sendParts(
  request: S3Requests,
  { key, upload, partBytes }: Sending,
  uploadId: string,
): Promise<readonly SentPart[]> {
  const stop = new AbortController()
  const signal = upload.signal ? AbortSignal.any([upload.signal, stop.signal]) : stop.signal
  const whole = createHash('sha256')
  const sent: SentPart[] = []
  const sending = new Set<Promise<unknown>>()
  try {
    for (const part of planParts(upload.bytes, partBytes)) {
      const sha256 = await hashPart(key, { ...part, file: upload.file }, { upload, whole, signal })
      while (sending.size >= partsAtOnce) await Promise.race(sending)
      signal.throwIfAborted()
      const body = { ...part, file: upload.file, sha256 }
      const one = sendPart(request, { key, uploadId, number: part.number, body, signal })
        .then((etag) => sent.push({ ...part, sha256, etag }))
        // The first failure stops all, and is the one that is told.
        .catch((error) => stop.abort(error))
        .finally(() => sending.delete(one))
      sending.add(one)
    }
  } catch (error) {
    stop.abort(error)
  }
  // An abort of the upload while a part is under way may leave that part.
  await Promise.all(sending)
  signal.throwIfAborted()
  const actual = whole.digest('hex')
  if (actual !== upload.sha256) throw changed(key, upload, `its sha256 is ${actual}`, actual)
  return sent.sort((one, other) => one.number - other.number)
}

async function hashPart(
  key: string,
  slice: Omit<HashedSlice, 'sha256'>,
  { upload, whole, signal }: { readonly upload: Upload; readonly whole: Hash; readonly signal: AbortSignal },
): Promise<string> {
  const digest = createHash('sha256')
  let read = 0
  for await (const chunk of readSlice(slice, signal)) {
    whole.update(chunk)
    digest.update(chunk)
    read += chunk.length
  }
  if (read !== slice.bytes) throw changed(key, upload, `it has ${slice.start + read} bytes`)
  return digest.digest('hex')
}

interface PartRequest extends Pick<S3Request, 'key' | 'signal'> {
  readonly uploadId: string
  readonly number: number
  readonly body: HashedSlice
}

async function sendPart(
  request: S3Requests,
  { key, uploadId, number, body, signal }: PartRequest,
): Promise<string> {
  const asked = { action: 'UploadPart', key } as const
  const answer = await request({ ...asked, query: { partNumber: String(number), uploadId }, body, signal })
  if (!answer.ok) throw failed(asked, answer)
  const { etag } = answer.headers
  if (!etag) throw incomplete(asked)
  return etag
}

async function complete(
  request: S3Requests,
  { key, upload: { bytes, signal }, condition }: Sending,
  { uploadId, parts }: { readonly uploadId: string; readonly parts: readonly SentPart[] },
): Promise<boolean> {
  const asked = { action: 'CompleteMultipartUpload', key } as const
  const headers = {
    ...condition,
    'content-type': 'application/xml',
    'x-amz-mp-object-size': String(bytes),
  }
  const answer = await request({ ...asked, query: { uploadId }, headers, body: listOf(parts), signal })
  if (isConflict(answer)) return false
  documentIn(asked, answer, 'CompleteMultipartUploadResult')
  return true
}

function listOf(parts: readonly SentPart[]): string {
  const listed = parts.map(({ number, etag, sha256 }) => {
    const checksum = Buffer.from(sha256, 'hex').toString('base64')
    const fields = `<ChecksumSHA256>${checksum}</ChecksumSHA256><ETag>${escapeXml(etag)}</ETag>`
    // In the order in which S3 documents them.
    return `<Part>${fields}<PartNumber>${number}</PartNumber></Part>`
  })
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${listed.join('')}</CompleteMultipartUpload>`
}
