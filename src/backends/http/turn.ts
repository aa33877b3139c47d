import { keepContext } from '../../queue/keep-context.ts'
import type { Courier } from './courier.ts'
import { isRefusal, objectIn, type Reply, replyOf, UnansweredError } from './reply.ts'

/** One request to a route. */
export interface Request {
  readonly route: string
  /** Its body, in JSON. */
  readonly text: string
  /** How many changes it asks for, at least 1. */
  readonly changes: number
  /** Whether it does no harm if it happens twice. */
  readonly isRepeatable: boolean
  /** Milliseconds after which its answer is not waited for any more. */
  readonly withinMs: number
}

interface Waiting extends Request {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: unknown) => void
}

/** What one request to the server may hold. */
const most = { changes: 10_000, bytes: 16 * 1024 * 1024 }
/** Around a request in a batch there are these characters, and around all of them as many. */
const wrappingBytes = 40
/** How long single requests are sent where batches were refused. */
const singlyMs = 60_000

/**
 * Sends the requests of one turn of the event loop together, each of which is answered by itself: so a machine far from its server
 * waits once for all of them. One that is alone goes to its own route, and so do all where the server, or what stands before it, takes no batches.
 */
export class Turn {
  readonly #courier: Courier
  readonly #origin: string
  readonly #schedule: () => void
  #waiting: Waiting[] = []
  #singlyUntil = 0

  constructor(courier: Courier, origin: string) {
    this.#courier = courier
    this.#origin = origin
    // A timer or a socket must not belong to the caller that asked first.
    this.#schedule = keepContext(() => void setImmediate(() => this.#send(this.#waiting.splice(0))))
  }

  /** The reply to a request. Rejects with `UnansweredError` where there is none. */
  ask(request: Request): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...request, resolve, reject })
      if (this.#waiting.length === 1) this.#schedule()
    })
  }

  /** The same for one that travels alone: the others need not wait for it. */
  askAlone(request: Request): Promise<Reply> {
    return new Promise((resolve, reject) => this.#sendAlone({ ...request, resolve, reject }))
  }

  #send(requests: readonly Waiting[]): void {
    const isBatch = this.#courier.takes('batch') && performance.now() >= this.#singlyUntil
    if (isBatch) for (const part of partsOf(requests)) this.#sendTogether(part)
    else for (const request of requests) this.#sendAlone(request)
  }

  #sendTogether(requests: readonly Waiting[]): void {
    const [first] = requests
    if (first && requests.length === 1) return this.#sendAlone(first)
    const text = `{"requests":[${requests.map(({ route, text }) => `{"to":"${route}","body":${text}}`).join(',')}]}`
    this.#post('batch', text, requests, (reply) => this.#settle(requests, reply))
  }

  #sendAlone(request: Waiting): void {
    const { route, text } = request
    this.#post(route, text, [request], ({ status, text }) => request.resolve(replyOf(status, text)))
  }

  /** Posts for `requests`, each of which is given up when its time is over, and the post with the last of them. */
  #post(
    route: string,
    text: string,
    requests: readonly Waiting[],
    settle: (answered: { readonly status: number; readonly text: string }) => void,
  ): void {
    const call = new AbortController()
    const { signal } = call
    const limits = new Set(requests.map(({ withinMs }) => withinMs))
    const timers = [...limits].map((withinMs) =>
      setTimeout(() => {
        const error = this.#late(withinMs)
        for (const each of requests) if (each.withinMs === withinMs) each.reject(error)
        if (withinMs === Math.max(...limits)) call.abort(error)
      }, withinMs).unref(),
    )
    const isRepeatable = requests.every((each) => each.isRepeatable)
    this.#courier
      .post({ route, text, isRepeatable, signal })
      .then(settle)
      .catch((error: unknown) => {
        for (const each of requests) each.reject(error)
      })
      .finally(() => {
        for (const timer of timers) clearTimeout(timer)
      })
  }

  #settle(
    requests: readonly Waiting[],
    { status, text }: { readonly status: number; readonly text: string },
  ): void {
    if (status === 200) return this.#settleEach(requests, text.split('\n'))
    const reply = replyOf(status, text)
    const isOfAll = status < 400 || status >= 500 || (isRefusal(reply.body) && [401, 403].includes(status))
    if (isOfAll) {
      for (const each of requests) each.resolve(reply)
      return
    }
    // Nothing of it has happened: it was too long, is not known here, or something before the server refuses it.
    if (status === 413) {
      const half = Math.ceil(requests.length / 2)
      this.#sendTogether(requests.slice(0, half))
      this.#sendTogether(requests.slice(half))
      return
    }
    this.#singlyUntil = performance.now() + singlyMs
    for (const each of requests) this.#sendAlone(each)
  }

  #settleEach(requests: readonly Waiting[], lines: readonly string[]): void {
    for (const [n, request] of requests.entries()) {
      const { status, body } = objectIn(lines[n] ?? '') ?? {}
      if (typeof status === 'number' && typeof body === 'object' && body !== null)
        request.resolve({ status, body: body as Reply['body'] })
      else request.reject(this.#unanswered('a part of its answer is missing'))
    }
  }

  #late(withinMs: number): UnansweredError {
    if (this.#courier.isResting) return this.#unanswered('it has too many requests waiting')
    return this.#unanswered(`nothing came within ${withinMs / 1000} second${withinMs === 1000 ? '' : 's'}`)
  }

  #unanswered(reason: string): UnansweredError {
    return new UnansweredError(`The backend at ${this.#origin} did not answer: ${reason}.`)
  }
}

/** Requests in parts that a server takes at once, in their order. */
function partsOf(requests: readonly Waiting[]): Waiting[][] {
  const parts: Waiting[][] = []
  let changes = 0
  let bytes = 0
  for (const request of requests) {
    const own = Buffer.byteLength(request.text) + wrappingBytes
    const fits = changes + request.changes <= most.changes && bytes + own + wrappingBytes <= most.bytes
    if (!fits || parts.length === 0) {
      parts.push([])
      changes = 0
      bytes = 0
    }
    parts.at(-1)!.push(request)
    changes += request.changes
    bytes += own
  }
  return parts
}
