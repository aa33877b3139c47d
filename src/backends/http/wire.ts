import { setTimeout } from 'node:timers/promises'
import { BackendError, errorOf, InvalidError } from '../../queue/errors.ts'
import type { HttpOptions } from './http-options.ts'

const answerWithinMs = 60_000
const pausesMs = [50, 250, 1000]
/** Later a caller has better things to do than to wait for the answer of another try. */
const againWithinMs = 5000
const proxyStatuses = [502, 503, 504]

/** A request has got no answer: it may have happened. */
class UnansweredError extends BackendError {}

/** Requests to one server, and its answers; an error there becomes the same error here. */
export class Wire {
  readonly #base: string
  readonly #origin: string
  readonly #headers: Record<string, string>
  readonly #fetch: typeof fetch
  readonly #open = new Set<Promise<unknown>>()
  #isClosed = false

  constructor(url: string, { token, fetch: ownFetch }: HttpOptions) {
    const { href, origin } = checkedUrl(url)
    this.#base = href.replace(/\/+$/, '')
    this.#origin = origin
    this.#fetch = ownFetch ?? fetch
    this.#headers = { 'content-type': 'application/json', ...authorization(token) }
  }

  /**
   * The JSON that the route `name` answers. Rejects with the server's own error, or `BackendError`, also when nothing
   * comes within `limit` (milliseconds, by default a minute), or when that aborts.
   */
  async ask<Answer = unknown>(
    name: string,
    body: object,
    limit: number | AbortSignal = answerWithinMs,
  ): Promise<Answer> {
    return this.#opened(() => this.#ask(name, body, limit)) as Promise<Answer>
  }

  /** The same for what may be asked more than once: what was not answered is asked again, for some seconds. */
  async askAgain<Answer = unknown>(name: string, body: object): Promise<Answer> {
    return this.#opened(() => this.#untilAnswered(name, body)) as Promise<Answer>
  }

  /** Waits for pending requests; later ones reject. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#open)
  }

  /** What `ask` answers; `close` waits for it. */
  async #opened(ask: () => Promise<unknown>): Promise<unknown> {
    if (this.#isClosed)
      throw new BackendError(`The connection to ${this.#origin} is closed.`, { isClosed: true })
    const asked = ask()
    this.#open.add(asked)
    try {
      return await asked
    } finally {
      this.#open.delete(asked)
    }
  }

  async #untilAnswered(name: string, body: object): Promise<unknown> {
    const startedAt = performance.now()
    for (const pauseMs of pausesMs) {
      try {
        return await this.#ask(name, body, answerWithinMs)
      } catch (error) {
        if (!(error instanceof UnansweredError) || performance.now() - startedAt > againWithinMs) throw error
        await setTimeout(pauseMs)
      }
    }
    return this.#ask(name, body, answerWithinMs)
  }

  async #ask(name: string, body: object, limit: number | AbortSignal): Promise<unknown> {
    const text = JSON.stringify(body)
    const signal = typeof limit === 'number' ? AbortSignal.timeout(limit) : limit
    const request = { method: 'POST', headers: this.#headers, body: text, signal, redirect: 'error' } as const
    let response: Response
    let answer: string
    try {
      response = await this.#fetch(`${this.#base}/${name}`, request)
      answer = await response.text()
    } catch (cause) {
      const reason = reasonOf(cause, limit)
      throw new UnansweredError(`The backend at ${this.#origin} did not answer: ${reason}.`, { cause })
    }
    return this.#read(response, answer)
  }

  #read({ status, ok }: Response, text: string): unknown {
    const answer = parsed(text)
    if (ok && answer) return answer
    if (!ok && typeof answer?.['code'] === 'string') throw errorFrom(answer)
    const said = `The server at ${this.#origin} answered ${status} with something that is not a backend's answer`
    // A proxy says so too when it has lost the answer, and a connection that breaks cuts one off.
    const isLost = ok || proxyStatuses.includes(status)
    throw new (isLost ? UnansweredError : BackendError)(`${said}; is the address right?`)
  }
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(text)
    return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function errorFrom({ code, message, queue, id, issues }: Record<string, unknown>): Error {
  if (code === 'forbidden')
    return new BackendError(textOf(message) ?? 'It is forbidden.', { isForbidden: true })
  const details = { queue: textOf(queue), id: textOf(id) }
  const error = errorOf(String(code), textOf(message) ?? 'The server gave no reason.', details)
  // Not through the constructor: the message names the issues already.
  return Array.isArray(issues) ? Object.assign(error, { issues }) : error
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function checkedUrl(url: string): URL {
  const { href, protocol, username, password } = URL.canParse(url) ? new URL(url) : ({} as Partial<URL>)
  if (href === undefined || !/^https?:$/.test(protocol!)) {
    throw new InvalidError('The address of a backend is an http:// or https:// URL; this one is not.')
  }
  if (username || password) {
    throw new InvalidError('The URL of a backend cannot hold a password; give it as the option `token`.')
  }
  return new URL(href)
}

function authorization(token: string | undefined): Record<string, string> {
  if (token === undefined) return {}
  if (/^[\x21-\x7e]+$/.test(token)) return { authorization: `Bearer ${token}` }
  throw new InvalidError('A token is made of visible ASCII characters, without spaces; this one is not.')
}

// fetch() says "fetch failed" and keeps what it means in the cause.
function reasonOf(error: unknown, limit: number | AbortSignal): string {
  const { cause, message, name } = error as Error & { cause?: Error & { code?: string } }
  if (name === 'TimeoutError' && typeof limit === 'number')
    return `nothing came within ${limit / 1000} second${limit === 1000 ? '' : 's'}`
  return (cause?.message || cause?.code || message || String(error)).replace(/\.$/, '')
}
