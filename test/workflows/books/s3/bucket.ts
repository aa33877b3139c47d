import { createHash, randomBytes } from 'node:crypto'
import { SaxesParser } from 'saxes'
import type { Asked } from './fault.ts'

export type Headers = Asked['headers']

/** An answer that is none of success. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string) {
    super(code)
    this.status = status
    this.code = code
  }
}

export interface StoredObject {
  readonly body: Buffer
  readonly etag: string
  readonly meta: Headers
}

interface Part {
  readonly body: Buffer
  readonly etag: string
  readonly sha256: string
}

export interface OpenUpload {
  readonly key: string
  readonly headers: Headers
  readonly parts: Map<number, Part>
}

/** What S3 documents of a bucket's objects and open uploads: conditions, checksums, parts. */
export class Bucket {
  readonly objects = new Map<string, StoredObject>()
  readonly uploads = new Map<string, OpenUpload>()
  readonly #smallestPart: number

  constructor(smallestPart: number) {
    this.#smallestPart = smallestPart
  }

  put(key: string, headers: Headers, body: Buffer): string {
    this.#check(key, headers)
    checksum(headers, body)
    return this.#store(key, headers, body, md5(body))
  }

  create(key: string, headers: Headers): string {
    if (headers['x-amz-checksum-algorithm'] !== 'SHA256') throw new Refusal(400, 'InvalidRequest')
    // Identifiers of S3 may have any of these.
    const id = `${randomBytes(9).toString('hex')}.+/_-=`
    this.uploads.set(id, { key, headers, parts: new Map() })
    return id
  }

  putPart(key: string, id: string, number: number, headers: Headers, body: Buffer): string {
    const upload = this.#upload(key, id)
    if (!(number >= 1 && number <= 10_000)) throw new Refusal(400, 'InvalidArgument')
    const part = { body, etag: `"${md5(body)}"`, sha256: checksum(headers, body) }
    upload.parts.set(number, part)
    return part.etag
  }

  complete(key: string, id: string, headers: Headers, body: Buffer): string {
    const upload = this.#upload(key, id)
    const parts = namedParts(body).map((named, at, all) => {
      const part = upload.parts.get(named.number)
      if (part?.etag !== named.etag || part.sha256 !== named.sha256) throw new Refusal(400, 'InvalidPart')
      if (at > 0 && all[at - 1]!.number >= named.number) throw new Refusal(400, 'InvalidPartOrder')
      if (at < all.length - 1 && part.body.length < this.#smallestPart)
        throw new Refusal(400, 'EntityTooSmall')
      return part
    })
    const whole = Buffer.concat(parts.map((part) => part.body))
    if (headers['x-amz-mp-object-size'] !== String(whole.length)) throw new Refusal(400, 'InvalidRequest')
    this.#check(key, headers)
    const digests = Buffer.concat(parts.map((part) => Buffer.from(part.etag.slice(1, -1), 'hex')))
    const etag = this.#store(key, upload.headers, whole, `${md5(digests)}-${parts.length}`)
    this.uploads.delete(id)
    return etag
  }

  abort(key: string, id: string): void {
    this.#upload(key, id)
    this.uploads.delete(id)
  }

  #upload(key: string, id: string): OpenUpload {
    const upload = this.uploads.get(id)
    if (upload?.key !== key) throw new Refusal(404, 'NoSuchUpload')
    return upload
  }

  #check(key: string, headers: Headers): void {
    const known = this.objects.get(key)
    if (headers['if-none-match'] === '*' && known) throw new Refusal(412, 'PreconditionFailed')
    if (headers['if-match'] === undefined) return
    if (!known) throw new Refusal(404, 'NoSuchKey')
    if (headers['if-match'] !== known.etag) throw new Refusal(412, 'PreconditionFailed')
  }

  #store(key: string, headers: Headers, body: Buffer, digest: string): string {
    const etag = `"${digest}"`
    const meta = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'))
    this.objects.set(key, { body, etag, meta: Object.fromEntries(meta) })
    return etag
  }
}

/** The checksum that was sent, which must be there and be that of the body. */
function checksum(headers: Headers, body: Buffer): string {
  const sent = headers['x-amz-checksum-sha256']
  if (sent !== createHash('sha256').update(body).digest('base64')) throw new Refusal(400, 'BadDigest')
  return String(sent)
}

function md5(body: Buffer): string {
  return createHash('md5').update(body).digest('hex')
}

interface NamedPart {
  number: number
  etag: string
  sha256: string
}

function namedParts(body: Buffer): NamedPart[] {
  const parts: NamedPart[] = []
  const parser = new SaxesParser()
  let text = ''
  const fields: Readonly<Record<string, (part: NamedPart) => void>> = {
    PartNumber: (part) => (part.number = Number(text)),
    ETag: (part) => (part.etag = text),
    ChecksumSHA256: (part) => (part.sha256 = text),
  }
  parser.on('opentag', ({ name }) => {
    text = ''
    if (name === 'Part') parts.push({ number: 0, etag: '', sha256: '' })
  })
  parser.on('text', (more) => (text += more))
  parser.on('closetag', ({ name }) => fields[name]?.(parts.at(-1)!))
  parser.write(body.toString()).close()
  if (parts.length === 0) throw new Refusal(400, 'MalformedXML')
  return parts
}
