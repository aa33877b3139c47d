import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that has come to a proxy. */
export interface Passing {
  readonly path: string
  /** The body as it came. */
  readonly body: Buffer
  readonly headers: IncomingMessage['headers']
}

/** What a proxy does with a request, or with its answer: passes it on, hangs up, or answers something else. */
type Verdict = 'pass' | 'drop' | Reply | undefined

/** An answer of the proxy's own. */
interface Reply {
  readonly status: number
  readonly text?: string
  readonly headers?: Record<string, string>
}

/** What a proxy does. */
export interface ProxyOptions {
  /** Before a request goes on. */
  readonly before?: (passing: Passing) => Verdict | Promise<Verdict>
  /** Before an answer goes back: the request has happened then. */
  readonly after?: (passing: Passing, status: number) => Verdict | Promise<Verdict>
  /** Headers of answers that are left out. */
  readonly hides?: readonly string[]
  /** Milliseconds after which a connection without a request is cut. */
  readonly idleMs?: number
}

/** A proxy before a server. */
export interface Proxy {
  readonly url: string
  /** How many connections clients have opened. */
  readonly connections: () => number
  readonly close: () => Promise<void>
}

/** An HTTP proxy before the server at `target`. */
export async function proxyTo(target: string, options: ProxyOptions = {}): Promise<Proxy> {
  const { before, after, hides = [], idleMs = 5000 } = options
  let connections = 0
  const server = createServer(
    { keepAliveTimeout: idleMs, keepAliveTimeoutBuffer: 0 } as object,
    async (from, to) => {
      const path = from.url ?? '/'
      const passing: Passing = { path, body: await bodyOf(from), headers: from.headers }
      const judged = await before?.(passing)
      if (judged === 'drop') return void from.socket.destroy()
      if (typeof judged === 'object') return void to.writeHead(judged.status, judged.headers).end(judged.text)
      const there = request(new URL(path, target), { method: from.method ?? 'GET', headers: from.headers })
      there.on('error', () => from.socket.destroy())
      there.end(passing.body)
      to.on('close', () => there.destroy())
      there.on('response', async (answer) => {
        const body = await bodyOf(answer).catch(() => undefined)
        const status = answer.statusCode ?? 0
        const verdict = body === undefined ? 'drop' : await after?.(passing, status)
        if (verdict === 'drop') return void from.socket.destroy()
        if (typeof verdict === 'object')
          return void to.writeHead(verdict.status, verdict.headers).end(verdict.text)
        const headers = Object.fromEntries(
          Object.entries(answer.headers).filter(
            ([name]) => ![...hides, 'connection', 'keep-alive', 'transfer-encoding'].includes(name),
          ),
        )
        to.writeHead(status, headers).end(body)
      })
    },
  )
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks)
}
