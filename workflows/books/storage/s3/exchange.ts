import { type IncomingMessage, request as requestPlainly } from 'node:http'
import { request as requestSecurely } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** A request as it goes out. */
export interface Outgoing {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | { readonly bytes: number; readonly chunks: AsyncIterable<Uint8Array> }
  readonly signal: AbortSignal
}

/** A smaller body is sent at once. */
const worthAsking = 2 ** 20
/** Milliseconds that a server has to say that it takes a body. Those that do not know the question say nothing. */
const continueMs = 1_000

/**
 * Sends a request, and gives its answer, of which `read` makes something. Before a large body is sent, the server is asked
 * whether it takes it (`Expect: 100-continue`): a server that refuses one may cut the connection while it comes, and then
 * nothing is heard of the reason. A redirection is an answer.
 */
export async function exchange<T>(
  url: string,
  { method, headers, body, signal }: Outgoing,
  read: (response: IncomingMessage) => Promise<T>,
): Promise<T> {
  const start = url.startsWith('https:') ? requestSecurely : requestPlainly
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.bytes
  const asks = bytes >= worthAsking
  const hasBody = bytes > 0 || method === 'POST' || method === 'PUT'
  const request = start(url, {
    method,
    signal,
    headers: {
      ...headers,
      ...(hasBody && { 'content-length': String(bytes) }),
      ...(asks && { expect: '100-continue' }),
    },
  })
  let isOver = false
  let patience: NodeJS.Timeout | undefined
  const send = () => {
    clearTimeout(patience)
    request.off('continue', send)
    if (typeof body === 'string') request.end(body)
    // What fails here, fails the request too.
    else pipeline(Readable.from(body.chunks, { objectMode: false }), request).catch(() => {})
  }
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve)
      request.on('error', reject)
    })
    if (asks) {
      request.once('continue', send)
      patience = setTimeout(send, continueMs)
      request.flushHeaders()
    } else send()
    const response = await answered
    clearTimeout(patience)
    request.off('continue', send)
    const result = await read(response)
    // Its connection can be used again.
    isOver = request.writableEnded
    return result
  } finally {
    clearTimeout(patience)
    if (!isOver) request.destroy()
  }
}
