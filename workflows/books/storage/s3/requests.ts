import { isNativeError } from 'node:util/types'
import { AwsClient } from 'aws4fetch'
import { inBucket } from '../bucket.ts'
import { Defect } from '../defect.ts'
import { flowing } from '../flowing.ts'
import { openPlain } from '../plain-file.ts'
import type { S3Config } from './s3-config.ts'

/** A request about a key. */
export interface S3Request {
  readonly method: 'HEAD' | 'PUT' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  /** The file to send, by its absolute path. */
  readonly file?: string
  readonly signal?: AbortSignal | undefined
}

// A server that has a large file may take its time to put it away.
const answerTimes = 5

/**
 * Sends signed requests. `OperationFailed` when there is no answer: the server cannot be reached, or the request stands
 * still for longer than it may.
 */
export function makeS3Requests(config: S3Config): (key: string, request: S3Request) => Promise<Response> {
  const { accessKeyId, secretAccessKey, region, endpoint, bucket, timeoutMs, stallMs } = config
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 })
  const base = `${endpoint.replace(/\/+$/, '')}/${encodeURIComponent(bucket)}/`
  const { host } = new URL(base)
  return async (key, { method, headers = {}, file, signal }) => {
    inBucket('/', key)
    const url = base + key.split('/').map(encodeURIComponent).join('/')
    const stalled = `The storage at ${host} has stood still for ${stallMs / 1000} s in ${method} ${key}.`
    try {
      return await flowing({ stallMs, sentence: stalled, signal }, async (flow) => {
        // Signed apart from being sent: a Request of the client's would drop the `duplex` of a streamed body.
        const signed = await client.sign(url, { method, headers })
        const body = file !== undefined && ReadableStream.from(bytesOf(file, flow.flowed))
        return await fetch(url, {
          method,
          headers: signed.headers,
          redirect: 'error',
          signal: AbortSignal.any([flow.signal, AbortSignal.timeout(timeoutMs)]),
          ...(body && { body, duplex: 'half' }),
        } as RequestInit)
      })
    } catch (cause) {
      signal?.throwIfAborted()
      if (cause instanceof Defect) throw cause
      const reason = isNativeError(cause) && isNativeError(cause.cause) ? cause.cause.message : 'no answer'
      throw new Defect(
        'OperationFailed',
        `The storage at ${host} did not take ${method} ${key}: ${reason}.`,
        {
          file: key,
        },
      )
    }
  }

  async function* bytesOf(file: string, flowed: (nextMs?: number) => void): AsyncGenerator<Uint8Array> {
    const handle = await openPlain(file)
    for await (const chunk of handle.createReadStream()) {
      flowed()
      yield chunk
    }
    flowed(answerTimes * stallMs)
  }
}
