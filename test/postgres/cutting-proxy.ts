import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/**
 * Where a connection is cut: before a statement reaches the server; when the server has answered it, of which nothing reaches the client;
 * or when half of the answer has.
 */
export const cuts = ['before', 'answered', 'halfway'] as const
/** Or before a statement reaches the server, which does not notice that its client is gone. */
type Cut = (typeof cuts)[number] | 'unheard'

/** What is between a client and its Postgres, and cuts connections. */
export interface CuttingProxy {
  readonly url: string
  /** Cuts the connection of the `nth` statement from now on, counted from 1 over all connections; BEGIN and COMMIT count too. */
  arm(nth: number, how: Cut): void
  /** Whether it has cut since then. */
  readonly hasCut: boolean
  /** Cuts all connections now. */
  cutAll(): void
  /** From now on nothing is passed on, though no connection ends; until `thaw`. */
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

/** Starts a proxy in front of the Postgres at `url`. */
export async function startCuttingProxy(url: string): Promise<CuttingProxy> {
  const to = new URL(url)
  const sockets = new Set<Socket>()
  let armed: { left: number; readonly how: Cut } | undefined
  let hasCut = false
  let isFrozen = false

  const server = createServer((client) => {
    const upstream = connect(Number(to.port), to.hostname)
    const messages = new Messages()
    let cutting: Cut | undefined
    const cut = () => {
      hasCut = true
      client.destroy()
      upstream.destroy()
    }
    for (const each of [client, upstream]) {
      sockets.add(each)
      each.setNoDelay(true)
      each.on('error', () => {})
      each.on('close', () => {
        sockets.delete(each)
        if (isFrozen || cutting === 'unheard') return
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (chunk) => {
      if (isFrozen) return
      for (const statement of messages.add(chunk)) {
        if (statement.isCounted && armed && --armed.left === 0) {
          cutting = armed.how
          armed = undefined
          if (cutting === 'before') return cut()
          if (cutting === 'unheard') {
            hasCut = true
            return void client.destroy()
          }
        }
        upstream.write(statement.bytes)
      }
    })
    upstream.on('data', (chunk) => {
      if (isFrozen) return
      if (!cutting) return void client.write(chunk)
      if (cutting === 'answered') return cut()
      client.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), cut)
      cutting = 'answered'
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }

  const cutAll = () => {
    for (const each of sockets) each.destroy()
  }
  return {
    url: Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href,
    arm(nth, how) {
      armed = { left: nth, how }
      hasCut = false
    },
    get hasCut() {
      return hasCut
    },
    cutAll,
    freeze: () => (isFrozen = true),
    thaw: () => (isFrozen = false),
    async close() {
      cutAll()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Statement {
  readonly bytes: Buffer
  /** Whether it is one, rather than what begins or ends a connection. */
  readonly isCounted: boolean
}

/** What a client sends up to the end of a statement: https://www.postgresql.org/docs/current/protocol-message-formats.html */
class Messages {
  #rest: Buffer = Buffer.alloc(0)
  #pending: Buffer[] = []
  #isBegun = false

  add(chunk: Buffer): readonly Statement[] {
    const statements: Statement[] = []
    this.#rest = Buffer.concat([this.#rest, chunk])
    for (;;) {
      // The first message has no type.
      const head = this.#isBegun ? 1 : 0
      if (this.#rest.length < head + 4) return statements
      const length = head + this.#rest.readInt32BE(head)
      if (this.#rest.length < length) return statements
      const type = this.#isBegun ? String.fromCharCode(this.#rest[0]!) : ''
      this.#pending.push(this.#rest.subarray(0, length))
      this.#rest = this.#rest.subarray(length)
      this.#isBegun = true
      if (['P', 'B', 'D', 'E', 'C', 'H'].includes(type)) continue
      statements.push({ bytes: Buffer.concat(this.#pending), isCounted: type === 'Q' || type === 'S' })
      this.#pending = []
    }
  }
}
