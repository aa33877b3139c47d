/*
 * Storage in a bucket of S3, or of anything that speaks its protocol. The sha256 of a file, or of each of its parts, is
 * signed with the request and sent as its checksum, so a server refuses bytes that are not those; that of the file is
 * also kept as metadata, so that a HEAD can know what is stored without reading it.
 *
 * A first PUT says `If-None-Match: *`: should another attempt have stored the key meanwhile, the server answers 412, or
 * 409 while it does, and the HEAD that follows decides. Only what HEAD has shown to differ is replaced, and then with
 * `If-Match`. In parts the same is said when the upload is completed.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { Defect } from '../defect.ts'
import { failed, isConflict } from './s3/answer.ts'
import { metadataHeaders, readMetadata } from './s3/metadata.ts'
import { sendInParts } from './s3/multipart.ts'
import { abortOpenUploads } from './s3/open-uploads.ts'
import { makeS3Requests } from './s3/requests.ts'
import type { S3Config } from './s3-config.ts'
import { isStored, type Storage, type StoredFile, type Upload } from './storage.ts'

interface Head extends StoredFile {
  readonly etag: string | undefined
}

/** Storage in an S3-compatible bucket, by path-style addresses. What S3 cannot keep of an upload's metadata is refused: `BadUTF`, `TooLarge`. */
export function s3Storage(config: S3Config): Storage {
  const { partBytes } = config
  const request = makeS3Requests(config)
  const head = async (key: string): Promise<Head | undefined> => {
    const asked = { action: 'HEAD', key } as const
    const answer = await request(asked)
    if (answer.status === 404) return undefined
    if (!answer.ok) throw failed(asked, answer)
    return readHead(answer.headers)
  }
  const sendWhole = async (key: string, upload: Upload, headers: Record<string, string>) => {
    const { file, bytes, sha256, signal } = upload
    const asked = { action: 'PUT', key } as const
    const answer = await request({ ...asked, headers, body: { file, start: 0, bytes, sha256 }, signal })
    if (!answer.ok && !isConflict(answer)) throw failed(asked, answer)
    return answer.ok
  }
  return {
    head,
    async remove(key) {
      await abortOpenUploads(request, key)
      const asked = { action: 'DELETE', key } as const
      const answer = await request(asked)
      if (!answer.ok && answer.status !== 404) throw failed(asked, answer)
    },
    async put(key, upload) {
      const metadata = metadataHeaders(key, upload)
      const isLarge = upload.bytes > partBytes
      if (isLarge) await abortOpenUploads(request, key)
      const before = await head(key)
      if (isStored(before, upload)) return { stored: false }
      const condition = conditionOf(before)
      const stored = isLarge
        ? await sendInParts(request, { key, upload, metadata, condition, partBytes })
        : await sendWhole(key, upload, { ...metadata, ...condition })
      const after = await head(key)
      if (isStored(after, upload)) return { stored }
      throw differs(key, after, upload)
    },
  }
}

function differs(key: string, after: Head | undefined, { sha256 }: Upload): Defect {
  return new Defect('OperationFailed', `${key} in storage is not what was sent.`, {
    file: key,
    actual: after?.sha256 ?? 'nothing',
    expected: sha256,
  })
}

function conditionOf(before: Head | undefined): Record<string, string> {
  if (!before) return { 'if-none-match': '*' }
  return before.etag === undefined ? {} : { 'if-match': before.etag }
}

function readHead(headers: IncomingHttpHeaders): Head {
  return {
    bytes: Number(headers['content-length']),
    ...readMetadata(headers),
    etag: headers.etag,
  }
}
