import { Agent, type IncomingMessage, request } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type Answered, CutError, type Exchange, type Sent } from './exchange.ts'
import type { HttpTls } from './http-options.ts'

const unzip = promisify(gunzip)

/** A connection is not kept for longer: servers and proxies close idle ones after five seconds or more, and what is sent just then is lost. */
const idleMs = 4000
/** Further requests wait for a connection. Those of a turn travel together, so it takes few. */
const maxSockets = 64
/** The longest answer: no text is longer. */
const maxAnswerBytes = 512 * 1024 * 1024

/**
 * An exchange by Node's own client: it keeps connections, takes certificates, reads gzip, and knows whether a connection was
 * a kept one.
 */
export function nodeExchange({ protocol }: URL, tls: HttpTls = {}): Exchange {
  const options = { keepAlive: true, timeout: idleMs, maxSockets, scheduling: 'lifo' } as const
  const isTls = protocol === 'https:'
  const agent = isTls ? new TlsAgent({ ...options, ...tls }) : new Agent(options)
  const open = isTls ? tlsRequest : request

  return { send, close: () => agent.destroy() }

  function send({ url, headers, body, signal }: Sent): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const own = { ...headers, 'accept-encoding': 'gzip', 'content-length': Buffer.byteLength(body) }
      const asked = open(url, { method: 'POST', agent, headers: own, signal })
      let response: IncomingMessage | undefined
      asked.on('response', (came) => {
        response = came
        readAnswer(came).then(resolve, (error) => reject(signal.aborted ? signal.reason : error))
      })
      asked.on('error', (error: NodeJS.ErrnoException) => {
        if (signal.aborted) return reject(signal.reason)
        const isCut = asked.reusedSocket && !response && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '')
        reject(isCut ? new CutError(error.message, { cause: error }) : error)
      })
      asked.end(body)
    })
  }
}

async function readAnswer(response: IncomingMessage): Promise<Answered> {
  const { statusCode = 0, headers } = response
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    length += chunk.length
    if (length > maxAnswerBytes) throw new Error('its answer is too long')
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  const isZipped = headers['content-encoding'] === 'gzip'
  const bytes = isZipped ? await unzip(body, { maxOutputLength: maxAnswerBytes }) : body
  const header = (name: string) => {
    const value = headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }
  return { status: statusCode, header, text: bytes.toString() }
}
