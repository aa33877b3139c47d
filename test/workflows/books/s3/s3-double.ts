/*
 * A double of S3 for what servers out of npm do not do: it verifies the signature, the hash and the checksum of each
 * request, honours conditions, lists and aborts uploads, and has every fault that a test asks for.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { S3Config } from '../../../../workflows/books/storage/s3-config.ts'
import { Bucket, Refusal } from './bucket.ts'
import { type Asked, errorXml, type Fault } from './fault.ts'
import { doubleKeys, isSigned } from './signature.ts'

export const partBytes = 2 ** 16

export interface Double {
  readonly config: S3Config
  readonly bucket: Bucket
  /** All requests so far. */
  readonly asked: readonly Asked[]
  /** So many parts were sent at once, at most. */
  readonly most: () => number
  /** So many bytes of bodies were read. */
  readonly taken: () => number
  /** What goes wrong with each request; undefined for nothing. */
  fault: (asked: Asked) => Fault | undefined | Promise<Fault | undefined>
}

/** Opens a double that lives as long as the test, and how to reach it with parts of 64 KiB. */
export async function openDouble(fault: Double['fault'] = () => undefined): Promise<Double> {
  const bucket = new Bucket(partBytes)
  const asked: Asked[] = []
  let [sending, most, taken] = [0, 0, 0]
  const answer = async (request: IncomingMessage, response: ServerResponse, waits: boolean) => {
    const asking = askedBy(request)
    asked.push(asking)
    if (asking.action === 'UploadPart') most = Math.max(most, ++sending)
    response.once('close', () => asking.action === 'UploadPart' && sending--)
    const wrong = await double.fault(asking)
    if (wrong === 'cut') return request.socket.destroy()
    if (waits && typeof wrong === 'object' && 'status' in wrong)
      return end(response, wrong.status, errorXml(wrong.status, wrong.code), { connection: 'close' })
    if (waits) response.writeContinue()
    const body = await buffer(request)
    taken += body.length
    if (wrong === 'unanswered') return
    if (typeof wrong === 'object') {
      if ('status' in wrong) return end(response, wrong.status, errorXml(wrong.status, wrong.code))
      return end(response, 200, 'document' in wrong ? wrong.document : ` \n \n${errorXml(200, wrong.in200)}`)
    }
    if (!isSigned(request)) return end(response, 403, errorXml(403, 'SignatureDoesNotMatch'))
    if (createHash('sha256').update(body).digest('hex') !== request.headers['x-amz-content-sha256'])
      return end(response, 400, errorXml(400, 'XAmzContentSHA256Mismatch'))
    if (wrong === 'forgotten') return end(response, 200)
    const effect = effects[asking.action]!
    effect({ bucket, asking, body, id: queryOf(request).get('uploadId') ?? '' }, (...answer) =>
      wrong === 'lost' ? request.socket.destroy() : end(response, ...answer),
    )
  }
  const listen = (waits: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response, waits).catch((error) => {
      if (error instanceof Refusal) end(response, error.status, errorXml(error.status, error.code))
      else response.destroy()
    })
  }
  const server = createServer(listen(false)).on('checkContinue', listen(true))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close().closeAllConnections())
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const config = { endpoint, bucket: 'done', ...doubleKeys, timeoutMs: 60_000, stallMs: 10_000, partBytes }
  const double: Double = { config, bucket, asked, most: () => most, taken: () => taken, fault }
  return double
}

type Reply = (status: number, body?: string, headers?: Record<string, string | number>) => void

interface Effect {
  readonly bucket: Bucket
  readonly asking: Asked
  readonly body: Buffer
  readonly id: string
}

const effects: Readonly<Record<string, (effect: Effect, reply: Reply) => void>> = {
  HEAD({ bucket, asking }, reply) {
    const known = bucket.objects.get(asking.key)
    if (!known) return reply(404)
    const meta = known.meta as Record<string, string>
    reply(200, undefined, { ...meta, etag: known.etag, 'content-length': known.body.length })
  },
  PUT({ bucket, asking, body }, reply) {
    if (asking.headers['content-length'] === undefined) throw new Refusal(411, 'MissingContentLength')
    reply(200, '', { etag: bucket.put(asking.key, asking.headers, body) })
  },
  DELETE({ bucket, asking }, reply) {
    bucket.objects.delete(asking.key)
    reply(204)
  },
  CreateMultipartUpload({ bucket, asking }, reply) {
    const id = bucket.create(asking.key, asking.headers)
    reply(200, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`)
  },
  UploadPart({ bucket, asking, body, id }, reply) {
    if (asking.headers['content-length'] === undefined) throw new Refusal(411, 'MissingContentLength')
    reply(200, '', { etag: bucket.putPart(asking.key, id, asking.part, asking.headers, body) })
  },
  CompleteMultipartUpload({ bucket, asking, body, id }, reply) {
    const etag = bucket.complete(asking.key, id, asking.headers, body)
    const result = `<CompleteMultipartUploadResult><ETag>${etag}</ETag></CompleteMultipartUploadResult>`
    // As S3 does while it takes its time.
    reply(200, `<?xml version="1.0" encoding="UTF-8"?>\n \n ${result}`)
  },
  AbortMultipartUpload({ bucket, asking, id }, reply) {
    bucket.abort(asking.key, id)
    reply(204)
  },
  ListMultipartUploads({ bucket, asking }, reply) {
    const uploads = [...bucket.uploads].filter(([, { key }]) => key.startsWith(asking.key))
    const listed = uploads.map(
      ([id, { key }]) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`,
    )
    const all = `<Bucket>done</Bucket><IsTruncated>false</IsTruncated>${listed.join('')}`
    reply(200, `<ListMultipartUploadsResult>${all}</ListMultipartUploadsResult>`)
  },
}

function askedBy(request: IncomingMessage): Asked {
  const { pathname } = new URL(request.url!, 'http://double')
  const query = queryOf(request)
  const method = request.method!
  const key = decodeURIComponent(pathname).replace(/^\/done\//, '')
  const part = Number(query.get('partNumber'))
  const { headers } = request
  if (method === 'GET')
    return { action: 'ListMultipartUploads', key: query.get('prefix') ?? '', part, headers }
  return { action: actionOf(method, query), key, part, headers }
}

function actionOf(method: string, query: URLSearchParams): string {
  if (query.has('uploads')) return 'CreateMultipartUpload'
  if (!query.has('uploadId')) return method
  return { PUT: 'UploadPart', POST: 'CompleteMultipartUpload', DELETE: 'AbortMultipartUpload' }[method]!
}

function queryOf(request: IncomingMessage): URLSearchParams {
  return new URL(request.url!, 'http://double').searchParams
}

function end(
  response: ServerResponse,
  status: number,
  body?: string,
  headers: Record<string, string | number> = {},
) {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(body)
}
