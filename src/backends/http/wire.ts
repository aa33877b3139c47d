import { setTimeout } from 'node:timers/promises'
import { BackendError, InvalidError } from '../../queue/errors.ts'
import { authorization, checkedUrl } from './address.ts'
import { Courier } from './courier.ts'
import { fetchExchange } from './exchange.ts'
import type { HttpOptions, HttpTls } from './http-options.ts'
import { nodeExchange } from './node-exchange.ts'
import { answerIn, replyOf, UnansweredError } from './reply.ts'
import { Turn } from './turn.ts'

const answerWithinMs = 60_000
/** What can be sent again is not waited for as long: its answer may be lost. */
const eachTryWithinMs = 15_000
const pausesMs = [50, 250, 1000]
/** Later a caller has better things to do than to wait for the answer of another try. */
const againWithinMs = 20_000

/** What workers ask all the time: the requests of one turn travel together. What may take long goes alone. */
const together: ReadonlySet<string> = new Set([
  'lease',
  'commit',
  'extend',
  'pass',
  'get',
  'recall',
  'records',
])

/** Requests to one server, and its answers; an error there becomes the same error here. */
export class Wire {
  readonly #origin: string
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #tls: HttpTls | undefined
  readonly #courier: Courier
  readonly #turn: Turn
  readonly #open = new Set<Promise<unknown>>()
  #isClosed = false

  constructor(url: string, { token, tls, fetch: ownFetch }: HttpOptions) {
    const address = checkedUrl(url)
    const headers = { 'content-type': 'application/json', ...authorization(token) }
    if (tls && (ownFetch || address.protocol !== 'https:'))
      throw new InvalidError(
        '`tls` is for an https:// URL, and without `fetch`, which has certificates of its own.',
      )
    const exchange = ownFetch ? fetchExchange(ownFetch) : nodeExchange(address, tls)
    this.#origin = address.origin
    this.#base = address.href.replace(/\/+$/, '')
    this.#headers = headers
    this.#tls = tls
    this.#courier = new Courier({ exchange, headers, origin: address.origin, base: this.#base })
    this.#turn = new Turn(this.#courier, address.origin)
  }

  /** How a route is reached from elsewhere: plain data. */
  reach(name: string) {
    return { url: `${this.#base}/${name}`, headers: this.#headers, tls: this.#tls }
  }

  /**
   * The JSON that the route `name` answers. Rejects with the server's own error, or `BackendError`, also when nothing
   * comes within `withinMs`, by default a minute.
   */
  async ask<Answer = unknown>(name: string, body: object, withinMs = answerWithinMs): Promise<Answer> {
    return this.#opened(() => this.#ask(name, body, withinMs)) as Promise<Answer>
  }

  /** The same for what may be asked more than once: what was not answered is asked again, for some seconds. */
  async askAgain<Answer = unknown>(name: string, body: object): Promise<Answer> {
    return this.#opened(() => this.#untilAnswered(name, body)) as Promise<Answer>
  }

  /** What the route `name` answers at some time, until `signal` aborts. */
  async listen<Answer = unknown>(name: string, body: object, signal: AbortSignal): Promise<Answer> {
    const post = { route: name, text: JSON.stringify(body), isRepeatable: true, signal }
    const asked = this.#opened(async () => {
      const { status, text } = await this.#courier.post(post)
      return answerIn(replyOf(status, text), this.#origin)
    })
    return asked as Promise<Answer>
  }

  /** Waits for pending requests; later ones reject. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#open)
    this.#courier.close()
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
        return await this.#ask(name, body, eachTryWithinMs)
      } catch (error) {
        if (!(error instanceof UnansweredError) || performance.now() - startedAt > againWithinMs) throw error
        await setTimeout(pauseMs)
      }
    }
    return this.#ask(name, body, eachTryWithinMs)
  }

  async #ask(name: string, body: object, withinMs: number): Promise<unknown> {
    const request = {
      route: name,
      text: JSON.stringify(body),
      changes: 'changes' in body && Array.isArray(body.changes) ? body.changes.length : 1,
      // What a lease gives out twice is lost for as long as it lasts.
      isRepeatable: name !== 'lease',
      withinMs,
    }
    const reply = await (together.has(name) ? this.#turn.ask(request) : this.#turn.askAlone(request))
    return answerIn(reply, this.#origin)
  }
}
