/*
 * Storage in a bucket of S3, or of anything that speaks its protocol. The sha256 of a file is signed with the request
 * and sent as its checksum, so a server refuses bytes that are not those; it is also kept as metadata, so that a HEAD
 * can know what is stored without reading it.
 *
 * A first PUT says `If-None-Match: *`: should another attempt have stored the key meanwhile, the server answers 412
 * and the HEAD that follows decides. Only what HEAD has shown to differ is replaced, and then with `If-Match`.
 */
import { Defect } from '../defect.ts'
import type { S3Config } from './s3-config.ts'
import { makeS3Requests, type S3Request } from './s3-requests.ts'
import { isStored, type Storage, type StoredFile, type Upload } from './storage.ts'

/** The largest file that one PUT can carry. */
const maxBytes = 5 * 2 ** 30

interface Head extends StoredFile {
  readonly etag: string | undefined
}

/** Storage in an S3-compatible bucket, by path-style addresses. */
export function s3Storage(config: S3Config): Storage {
  const request = makeS3Requests(config)
  const head = async (key: string): Promise<Head | undefined> => {
    const response = await request(key, { method: 'HEAD' })
    if (response.status === 404) return undefined
    if (!response.ok) throw failed(key, 'HEAD', response.status)
    return readHead(response.headers)
  }
  const remove = async (key: string) => {
    const response = await request(key, { method: 'DELETE' })
    if (!response.ok && response.status !== 404) throw failed(key, 'DELETE', response.status)
  }
  return {
    head,
    remove,
    async put(key, upload) {
      if (upload.bytes > maxBytes)
        throw new Defect('TooLarge', `${key} is larger than the 5 GiB of one upload.`, { file: key })
      const before = await head(key)
      if (isStored(before, upload)) return { stored: false }
      const response = await request(key, putOf(upload, before))
      if (!response.ok && response.status !== 412) throw failed(key, 'PUT', response.status)
      const after = await head(key)
      if (isStored(after, upload)) return { stored: response.ok }
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

function putOf(upload: Upload, before: Head | undefined): S3Request {
  const metadata = Object.entries({ ...upload.metadata, sha256: upload.sha256 })
  return {
    method: 'PUT',
    headers: {
      'content-length': String(upload.bytes),
      'x-amz-content-sha256': upload.sha256,
      'x-amz-checksum-sha256': Buffer.from(upload.sha256, 'hex').toString('base64'),
      ...Object.fromEntries(metadata.map(([name, value]) => [`x-amz-meta-${name.toLowerCase()}`, value])),
      ...(before ? before.etag && { 'if-match': before.etag } : { 'if-none-match': '*' }),
    },
    file: upload.file,
    signal: upload.signal,
  }
}

function readHead(headers: Headers): Head {
  const metadata: Record<string, string> = {}
  for (const [name, value] of headers) {
    if (name.startsWith('x-amz-meta-') && name !== 'x-amz-meta-sha256')
      metadata[name.slice('x-amz-meta-'.length)] = value
  }
  const sha256 = headers.get('x-amz-meta-sha256') ?? ''
  return {
    bytes: Number(headers.get('content-length')),
    sha256,
    metadata,
    etag: headers.get('etag') ?? undefined,
  }
}

/** The rights that requests need; without that to list, S3 answers a HEAD of what is not there with 403 too. */
const rights: Readonly<Record<S3Request['method'], string>> = {
  HEAD: 's3:GetObject and s3:ListBucket',
  PUT: 's3:PutObject',
  DELETE: 's3:DeleteObject',
}

function failed(key: string, method: S3Request['method'], status: number): Defect {
  const hint = status === 403 ? `; its access key needs the right to it, ${rights[method]}` : ''
  return new Defect('OperationFailed', `The storage answered ${method} ${key} with ${status}${hint}.`, {
    file: key,
    actual: status,
  })
}
