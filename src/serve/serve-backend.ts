import type {} from '@fastify/swagger'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Backend } from '../queue/backend.ts'
import { InvalidError } from '../queue/errors.ts'
import type { Log } from '../run/log.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import { answerBatch } from './answer-batch.ts'
import { answerTo, checkedBody, routes } from './backend-answers.ts'
import { ChangeFeed } from './change-feed.ts'
import { compressAnswers, decoder } from './compression.ts'
import { crowd } from './crowd.ts'
import { errorAnswer, logFailure } from './error-answer.ts'
import { guard } from './guard.ts'
import { onlyJson } from './json-bodies.ts'
import { defaultTimeouts, limitConnections, type Timeouts } from './limits.ts'
import { metricsRoute } from './metrics-route.ts'
import { refuseDeepBodies } from './refuse-deep.ts'
import type { AccessToken } from './rights/access-token.ts'
import { Callers } from './rights/callers.ts'
import { tokenFault } from './token-fault.ts'

/** How a backend is served. */
export interface ServeBackendOptions {
  /** A bearer token that may do everything. Without any token only requests over loopback are answered. */
  readonly token?: string | undefined
  /** Bearer tokens that may do certain things only: what they may not do is answered 403, with the right that is missing. */
  readonly tokens?: readonly AccessToken[] | undefined
  /** The longest body, in bytes, also once it is decompressed; by default 16 MiB. */
  readonly maxBodyBytes?: number | undefined
  /**
   * How many requests may be under way, polls for changes not counted; by default 1,000. Further ones are answered 503 with
   * `retry-after`, and so are those whose bodies would be too much for the memory together. `http()` waits and tries again.
   */
  readonly maxWaiting?: number | undefined
  /** Milliseconds that a poll for changes is held open; 15,000 by default. Less than the server's limit for a silent connection. */
  readonly holdMs?: number | undefined
  /** Other limits than the default ones for slow connections; a stricter server stays so. */
  readonly timeouts?: Partial<Timeouts> | undefined
  /** Where failures of the server or its database are logged, which answers do not show; by default fastify's log. */
  readonly log?: Log | undefined
}

const optionKeys = keysOf<ServeBackendOptions>({
  token: true,
  tokens: true,
  maxBodyBytes: true,
  maxWaiting: true,
  holdMs: true,
  timeouts: true,
  log: true,
})

/** Says to `http()` what this server takes that one of an older version does not. */
const takes = { 'pipewright-takes': 'batch, gzip' }

/**
 * A fastify plugin that lets others reach `backend`, through `http()` or by hand: `POST /lease` and so on, one
 * route for each method, everything in JSON bodies; and `GET /metrics` for Prometheus. Errors are answered by the table in http-status.ts. Closing
 * the server leaves the backend open. The server that it is registered with, before it listens, cuts slow connections
 * from then on, also those to its other routes. Make the server with `forceCloseConnections: true`: otherwise its closing waits
 * for connections that a client has opened and not used. Throws `InvalidError` for a token that no request can carry, and for `tokens`
 * in which something is wrong.
 */
export function serveBackend(backend: Backend, options: ServeBackendOptions = {}): FastifyPluginAsync {
  refuseUnread('serveBackend() is given', options, optionKeys)
  if (options.timeouts) refuseUnread('`timeouts` has', options.timeouts, Object.keys(defaultTimeouts))
  const { token, tokens, maxBodyBytes = 16 * 1024 * 1024, maxWaiting = 1000 } = options
  const { holdMs = 15_000, timeouts, log } = options
  const fault = tokenFault(token, 'a served backend')
  if (fault !== undefined) throw new InvalidError(fault)
  const callers = new Callers(backend, { token, tokens })
  const feed = new ChangeFeed(backend, holdMs)

  return async (app) => {
    limitConnections(app.server, { ...defaultTimeouts, ...timeouts })
    onlyJson(app, parsed, decoder(maxBodyBytes))
    app.addHook('onRequest', async (_request, reply) => void reply.headers(takes))
    // With a token any name is fine: a page that a forged DNS answer has led here does not have the token.
    const isKnown = callers.areNamed ? (request: FastifyRequest) => callers.isKnown(request) : undefined
    app.addHook('onRequest', guard({ isKnown, hosts: isKnown ? 'any' : new Set() }))
    app.addHook('onRequest', crowd({ maxWaiting, maxBodyBytes }, isPoll))
    app.addHook('preClose', async () => feed.close())
    compressAnswers(app)
    app.setErrorHandler((error, request, reply) => {
      const { status, body } = errorAnswer(error)
      if (status >= 500) failed(error, request)
      return reply.code(status).send(body)
    })
    const routeOptions = { bodyLimit: maxBodyBytes, schema: { hide: true } }
    app.post('/batch', routeOptions, async (request, reply) => {
      const { asked } = callers.of(request)
      const lines = await answerBatch(request.body, { asked, failed: (error) => failed(error, request) })
      return reply.type('application/x-ndjson').send(lines)
    })
    const shallow = { ...routeOptions, preValidation: refuseDeepBodies }
    for (const name of routes)
      app.post(`/${name}`, shallow, (request) => answerTo(callers.of(request).asked, name, request.body))
    metricsRoute(app, backend, { demand: (request) => callers.of(request).demand('read') })
    app.post('/watch', shallow, (request, reply) => {
      const hangUp = new AbortController()
      reply.raw.once('close', () => hangUp.abort())
      return feed.ask(checkedBody('watch', request.body), hangUp.signal)
    })
  }

  function failed(error: unknown, request: FastifyRequest): void {
    log ? logFailure(log, error as Error, request) : request.log.error(error)
  }
}

// It waits for news, and takes nothing but a connection.
function isPoll({ routeOptions: { url = '' } }: FastifyRequest): boolean {
  return url.endsWith('/watch')
}

// Fastify's own parser refuses keys such as __proto__, which a value may have.
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InvalidError('The body is not JSON.', { cause })
  }
}
