import type {} from '@fastify/swagger'
import type { FastifyPluginAsync } from 'fastify'
import type { z } from 'zod'
import type { Backend } from '../queue/backend.ts'
import { InvalidError } from '../queue/errors.ts'
import type { Log } from '../run/log.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import { tokenFault } from './address-fault.ts'
import { bodies } from './backend-bodies.ts'
import { ChangeFeed } from './change-feed.ts'
import { errorAnswer, logFailure } from './error-answer.ts'
import { guard } from './guard.ts'
import { onlyJson } from './json-bodies.ts'
import { defaultTimeouts, limitConnections, type Timeouts } from './limits.ts'
import { metricsRoute } from './metrics-route.ts'
import { refuseDeep } from './refuse-deep.ts'

/** How a backend is served. */
export interface ServeBackendOptions {
  /** The bearer token that every request must carry. Without one, only requests over loopback are answered. */
  readonly token?: string | undefined
  /** The longest body, in bytes; by default 16 MiB. */
  readonly maxBodyBytes?: number | undefined
  /** Milliseconds that a poll for changes is held open; 15,000 by default. Less than the server's limit for a silent connection. */
  readonly holdMs?: number | undefined
  /** Other limits than the default ones for slow connections; a stricter server stays so. */
  readonly timeouts?: Partial<Timeouts> | undefined
  /** Where failures of the server or its database are logged, which answers do not show; by default fastify's log. */
  readonly log?: Log | undefined
}

const optionKeys = keysOf<ServeBackendOptions>({
  token: true,
  maxBodyBytes: true,
  holdMs: true,
  timeouts: true,
  log: true,
})

type Answers = {
  readonly [Name in Exclude<keyof typeof bodies, 'watch'>]: (
    body: z.output<(typeof bodies)[Name]>,
  ) => Promise<object>
}

/**
 * A fastify plugin that lets others reach `backend`, through `http()` or by hand: `POST /lease` and so on, one
 * route for each method, everything in JSON bodies; and `GET /metrics` for Prometheus. Errors are answered by the table in http-status.ts. Closing
 * the server leaves the backend open. The server that it is registered with, before it listens, cuts slow connections
 * from then on, also those to its other routes. Make the server with `forceCloseConnections: true`: otherwise its closing waits
 * for connections that a client has opened and not used.
 */
export function serveBackend(backend: Backend, options: ServeBackendOptions = {}): FastifyPluginAsync {
  refuseUnread('serveBackend() is given', options, optionKeys)
  if (options.timeouts) refuseUnread('`timeouts` has', options.timeouts, Object.keys(defaultTimeouts))
  const { token, maxBodyBytes = 16 * 1024 * 1024, holdMs = 15_000, timeouts, log } = options
  const fault = tokenFault(token, 'a served backend')
  if (fault !== undefined) throw new InvalidError(fault)
  const answers = answersOf(backend)
  const feed = new ChangeFeed(backend, holdMs)

  return async (app) => {
    limitConnections(app.server, { ...defaultTimeouts, ...timeouts })
    onlyJson(app, parsed)
    // With a token any name is fine: a page that a forged DNS answer has led here does not have the token.
    app.addHook('onRequest', guard({ token, hosts: token === undefined ? new Set() : 'any' }))
    app.addHook('preValidation', refuseDeep)
    app.addHook('preClose', async () => feed.close())
    app.setErrorHandler((error, request, reply) => {
      const { status, body } = errorAnswer(error)
      if (status >= 500) log ? logFailure(log, error as Error, request) : request.log.error(error)
      return reply.code(status).send(body)
    })
    const routeOptions = { bodyLimit: maxBodyBytes, schema: { hide: true } }
    for (const [name, answer] of Object.entries(answers) as [
      keyof Answers,
      (body: unknown) => Promise<object>,
    ][]) {
      app.post(`/${name}`, routeOptions, (request) => answer(checked(bodies[name], request.body)))
    }
    metricsRoute(app, backend)
    app.post('/watch', routeOptions, (request, reply) => {
      const hangUp = new AbortController()
      reply.raw.once('close', () => hangUp.abort())
      return feed.ask(checked(bodies.watch, request.body), hangUp.signal)
    })
  }
}

function answersOf(backend: Backend): Answers {
  return {
    declare: ({ declaration }) => backend.declare(declaration),
    lease: async ({ queue, request }) => ({ messages: await backend.lease(queue, request) }),
    extend: ({ owner, fences }) => backend.extend(owner, fences),
    deploys: async ({ workflow }) => ({ deploys: await backend.deploys(workflow) }),
    get: async ({ queue, id }) => ({ row: await backend.get(queue, id) }),
    list: ({ queue, page }) => backend.list(queue, page),
    count: async ({ queue }) => ({ counts: await backend.count(queue) }),
    tally: ({ request }) => backend.tally(request),
    commit: async ({ changes }) => ({ receipt: await backend.commit(changes) }),
    records: ({ scope, page }) => backend.records(scope, page),
    recall: ({ workflow, id, what }) => backend.recall(workflow, id, what),
    family: async ({ workflow, id, page }) => ({ family: await backend.family(workflow, id, page) }),
    pulse: async ({ after }) => ({ pulse: await backend.pulse(after) }),
    journey: async ({ workflow, id, ...part }) => ({ journey: await backend.journey(workflow, id, part) }),
    lines: ({ request }) => backend.lines(request),
    pass: async ({ fence, toll }) => ({ passage: await backend.pass(fence, toll) }),
    gates: async () => ({ gates: await backend.gates() }),
    // As clients of older versions ask.
    pause: async ({ queue: name, paused, by }) => ({
      receipt: await backend.commit([{ kind: 'gate', name, closed: paused, ...by }]),
    }),
  }
}

// Fastify's own parser refuses keys such as __proto__, which a value may have.
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InvalidError('The body is not JSON.', { cause })
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const { issues } = result.error
  throw new InvalidError('The body is not what this route takes', { issues: issues.slice(0, 10) })
}
