/*
 * Storage in a bucket of S3, or of anything that speaks its protocol. The sha256 of a file is signed with the request
 * and sent as its checksum, so a server refuses bytes that are not those; it is also kept as metadata, so that a HEAD
 * can tell what is stored without reading it.
 *
 * A first PUT says `If-None-Match: *`: should another attempt have stored the key meanwhile, the server answers 412
 * and the HEAD that follows decides. Only what HEAD has shown to differ is replaced, and then with `If-Match`.
 */

import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { AwsClient } from 'aws4fetch'
import { z } from 'zod'
import { inBucket } from '../bucket.ts'
import { Defect } from '../defect.ts'
import { isStored, type Storage, type StoredFile, type Upload } from './storage.ts'

/** How to reach a bucket; the keys come from the environment, never from a config file. */
export const S3Config = z.object({
  endpoint: z.url(),
  bucket: z.string().min(1),
  region: z.string().min(1).default('us-east-1'),
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  /** Milliseconds that one request may take. */
  timeoutMs: z.number().int().positive().default(3_600_000),
})
export type S3Config = z.output<typeof S3Config>

/** The largest file that one PUT can carry. */
const maxBytes = 5 * 2 ** 30

/** Reads `PIPEWRIGHT_S3_ENDPOINT`, `_BUCKET`, `_REGION`, `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; throws a sentence that names what is missing. */
export function s3ConfigFrom(env: Readonly<Record<string, string | undefined>>): S3Config {
  const { PIPEWRIGHT_S3_ENDPOINT: endpoint, PIPEWRIGHT_S3_BUCKET: bucket, PIPEWRIGHT_S3_REGION: region } = env
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  const parsed = S3Config.safeParse({ endpoint, bucket, region, accessKeyId, secretAccessKey })
  if (parsed.success) return parsed.data
  const fields = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0])))].join(', ')
  throw new Error(`The S3 storage is not configured: ${fields} missing or wrong in the environment.`)
}

interface Head extends StoredFile {
  readonly etag: string | undefined
}

/** Storage in an S3-compatible bucket, by path-style addresses. */
export function s3Storage(config: S3Config): Storage {
  const request = requests(config)
  const head = async (key: string): Promise<Head | undefined> => {
    const response = await request(key, { method: 'HEAD' })
    if (response.status === 404) return undefined
    if (!response.ok) throw failed(key, 'HEAD', response.status)
    return readHead(response.headers)
  }
  return {
    head,
    async put(key, upload) {
      if (upload.bytes > maxBytes)
        throw new Defect('TooLarge', `${key} is larger than the 5 GiB of one upload.`, { file: key })
      const before = await head(key)
      if (isStored(before, upload)) return { stored: false }
      const response = await request(key, putInit(upload, before))
      if (!response.ok && response.status !== 412) throw failed(key, 'PUT', response.status)
      const after = await head(key)
      if (isStored(after, upload)) return { stored: response.ok }
      throw new Defect('OperationFailed', `${key} in storage is not what was sent.`, {
        file: key,
        actual: after?.sha256 ?? 'nothing',
        expected: upload.sha256,
      })
    },
  }
}

function requests(config: S3Config) {
  const { accessKeyId, secretAccessKey, region, endpoint, bucket, timeoutMs } = config
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 })
  const base = `${endpoint.replace(/\/+$/, '')}/${encodeURIComponent(bucket)}/`
  return async (
    key: string,
    { signal, ...init }: RequestInit & { signal?: AbortSignal | null },
  ): Promise<Response> => {
    inBucket('/', key)
    const url = base + key.split('/').map(encodeURIComponent).join('/')
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      // Signed apart from being sent: a Request of the client's would drop the `duplex` of a streamed body.
      const { body, ...plain } = init
      const signed = await client.sign(url, plain)
      const options = { method: init.method ?? 'GET', headers: signed.headers, redirect: 'error' as const }
      return await fetch(url, {
        ...options,
        ...(body && { body, duplex: 'half' }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      } as RequestInit)
    } catch (cause) {
      signal?.throwIfAborted()
      const reason =
        cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : 'no answer'
      throw new Defect(
        'OperationFailed',
        `The storage at ${new URL(base).host} did not take ${init.method} ${key}: ${reason}.`,
        { file: key },
      )
    }
  }
}

function putInit(upload: Upload, before: Head | undefined): RequestInit {
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
    body: Readable.toWeb(createReadStream(upload.file)) as unknown as ReadableStream,
    ...(upload.signal && { signal: upload.signal }),
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

function failed(key: string, method: string, status: number): Defect {
  return new Defect('OperationFailed', `The storage answered ${method} ${key} with ${status}.`, {
    file: key,
    actual: status,
  })
}
