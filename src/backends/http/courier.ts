import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { type Answered, CutError, type Exchange } from './exchange.ts'
import { UnansweredError } from './reply.ts'

const zip = promisify(gzip)

/** Shorter bodies, in characters, take longer to compress than to send. */
const compressedFrom = 64 * 1024
const longestRestMs = 10_000

/** A body for a route. */
export interface Post {
  readonly route: string
  readonly text: string
  /** Whether it does no harm if it happens twice. */
  readonly isRepeatable: boolean
  /** Ends it; its reason says why. */
  readonly signal: AbortSignal
}

interface CourierParts {
  readonly exchange: Exchange
  /** The URL of the backend, without a slash at its end. */
  readonly base: string
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Carries bodies to one server, as that wants it: waits where it has too much to do, and compresses for one that says that it reads
 * gzip. A server of an older version says nothing, and one may take the place of another at any time, so each answer is
 * believed anew.
 */
export class Courier {
  readonly #parts: CourierParts
  #takes: readonly string[] = []
  #restUntil = 0

  constructor(parts: CourierParts) {
    this.#parts = parts
  }

  /** Whether the server has said, in its last answer, that it takes `what`. */
  takes(what: 'batch' | 'gzip'): boolean {
    return this.#takes.includes(what)
  }

  /** Whether the server has said that it has too much to do, and is left alone. */
  get isResting(): boolean {
    return performance.now() < this.#restUntil
  }

  /** The answer to a body. Rejects with `UnansweredError` if there is none. */
  async post(post: Post): Promise<Answered> {
    for (;;) {
      await this.#rest(post)
      const isZipped = this.takes('gzip') && post.text.length >= compressedFrom
      const answered = await this.#send(post, isZipped)
      if (this.#mustRest(answered)) continue
      // One of an older version has taken its place: it has read nothing of it.
      if (isZipped && [400, 415].includes(answered.status) && !this.takes('gzip')) continue
      return answered
    }
  }

  close(): void {
    this.#parts.exchange.close()
  }

  async #send({ route, text, isRepeatable, signal }: Post, isZipped: boolean): Promise<Answered> {
    const { exchange, base, headers } = this.#parts
    const sent = {
      url: `${base}/${route}`,
      headers: isZipped ? { ...headers, 'content-encoding': 'gzip' } : headers,
      body: isZipped ? await zip(text, { level: constants.Z_BEST_SPEED }) : text,
      signal,
    }
    try {
      // Nothing says that a connection was closed before the first byte of this request was read.
      const again = (error: unknown) => {
        if (isRepeatable && error instanceof CutError) return exchange.send(sent)
        throw error
      }
      const answered = await exchange.send(sent).catch(again)
      this.#takes = (answered.header('pipewright-takes') ?? '').split(/\s*,\s*/)
      return answered
    } catch (cause) {
      throw this.#unanswered(signal.aborted && signal.reason instanceof Error ? signal.reason : cause)
    }
  }

  #unanswered(cause: unknown): Error {
    if (cause instanceof UnansweredError) return cause
    const message = `The backend at ${this.#parts.origin} did not answer: ${reasonOf(cause)}.`
    return new UnansweredError(message, { cause })
  }

  // Nothing of what was asked has happened then.
  #mustRest({ status, header }: Answered): boolean {
    const after = header('retry-after')
    if (after === undefined || ![429, 503].includes(status)) return false
    const seconds = /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - Date.now()) / 1000
    const ms = Math.min(Math.max(Number.isNaN(seconds) ? 1000 : seconds * 1000, 50), longestRestMs)
    // Not all clients at the same moment.
    const until = performance.now() + ms * (1 + Math.random() / 2)
    this.#restUntil = Math.max(this.#restUntil, until)
    return true
  }

  async #rest({ signal }: Post): Promise<void> {
    for (let ms = this.#restUntil - performance.now(); ms > 0; ms = this.#restUntil - performance.now()) {
      await setTimeout(ms, undefined, { signal }).catch((cause: unknown) => {
        throw this.#unanswered(signal.reason ?? cause)
      })
    }
  }
}

// fetch() says "fetch failed" and keeps what it means in the cause; several addresses that fail are one error without a message.
function reasonOf(error: unknown): string {
  const { cause, message, code } = error as Error & { cause?: Error & { code?: string }; code?: string }
  return (cause?.message || cause?.code || message || code || String(error)).replace(/\.$/, '')
}
