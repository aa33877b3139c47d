import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { AwsClient } from 'aws4fetch'
import { inBucket } from '../../bucket.ts'
import { Defect } from '../../defect.ts'
import { type Flow, flowing } from '../../flowing.ts'
import type { S3Config } from '../s3-config.ts'
import { actions } from './actions.ts'
import { type Asked, readAnswer, type S3Answer } from './answer.ts'
import { exchange } from './exchange.ts'
import { type HashedSlice, readHashed } from './slice.ts'

/** A request about a key. */
export interface S3Request extends Asked {
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** What is sent. Its sha256 is signed with the request. */
  readonly body?: HashedSlice | string
  readonly signal?: AbortSignal | undefined
}

/** Sends a request, and reads the answer. */
export type S3Requests = (request: S3Request) => Promise<S3Answer>

// A server that has a large file may take its time to put it away.
const answerTimes = 5
/** A list of 1,000 uploads is smaller. */
const maxAnswer = 4 * 2 ** 20

/**
 * Sends signed requests. `OperationFailed` when there is no answer: the server cannot be reached, or the request stands
 * still for longer than it may; or the file is not what it was when it was hashed.
 */
export function makeS3Requests(config: S3Config): S3Requests {
  const { accessKeyId, secretAccessKey, region, endpoint, bucket, timeoutMs, stallMs } = config
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 })
  const base = `${endpoint.replace(/\/+$/, '')}/${encodeURIComponent(bucket)}/`
  const { host } = new URL(base)
  return async (request) => {
    const { action, key, body = '', signal } = request
    inBucket('/', key)
    const { method } = actions[action]
    const url = base + targetOf(request)
    const stalled = `The storage at ${host} has stood still for ${stallMs / 1000} s in ${action} ${key}.`
    const late = AbortSignal.timeout(timeoutMs)
    let broken: unknown
    try {
      return await flowing({ stallMs, sentence: stalled, signal }, async (flow) => {
        const signed = await client.sign(url, { method, headers: headersOf(request) })
        const outgoing = {
          method,
          headers: Object.fromEntries(signed.headers),
          body: typeof body === 'string' ? body : { ...body, chunks: chunksOf(key, body, flow) },
          signal: AbortSignal.any([flow.signal, late]),
        }
        return await exchange(url, outgoing, async (response) =>
          readAnswer(response, await bodyOf(response, flow)),
        )
      })
    } catch (cause) {
      signal?.throwIfAborted()
      if (broken) throw broken
      if (cause instanceof Defect) throw cause
      const reason = late.aborted ? `it took longer than ${timeoutMs / 1000} s` : reasonOf(cause)
      const sentence = `The storage at ${host} did not take ${action} ${key}: ${reason}.`
      throw new Defect('OperationFailed', sentence, { file: key })
    }

    async function* chunksOf(key: string, slice: HashedSlice, { flowed }: Flow): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of readHashed(key, slice)) {
          flowed()
          yield chunk
        }
        flowed(answerTimes * stallMs)
      } catch (error) {
        broken = error
        throw error
      }
    }
  }
}

/** Where a name has several addresses, the error about all of them has no message. */
function reasonOf(cause: unknown): string {
  const { message, code } = cause as NodeJS.ErrnoException
  return message || code || 'no answer'
}

function targetOf({ action, key, query = {} }: S3Request): string {
  const path = action === 'ListMultipartUploads' ? '' : key.split('/').map(encodeURIComponent).join('/')
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
}

function headersOf({ headers, body = '' }: S3Request): Record<string, string> {
  if (typeof body === 'string')
    return { ...headers, 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') }
  return {
    ...headers,
    'x-amz-content-sha256': body.sha256,
    'x-amz-checksum-sha256': Buffer.from(body.sha256, 'hex').toString('base64'),
  }
}

/** Where it takes longer, S3 sends spaces meanwhile. */
async function bodyOf(response: IncomingMessage, { flowed }: Flow): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    flowed()
    bytes += chunk.length
    if (bytes <= maxAnswer) chunks.push(chunk)
  }
  return bytes <= maxAnswer ? Buffer.concat(chunks).toString() : ''
}
