import type { FastifyInstance } from 'fastify'
import type { Desk } from '../run/desk/desk.ts'
import type { Log } from '../run/log.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import type { Api } from './api.ts'
import { boardRoutes } from './board-routes.ts'
import { bulkRoutes } from './bulk-routes.ts'
import { listDecisions } from './decision-shapes.ts'
import { findingRoutes, markingRoute } from './desk-finding.ts'
import type { Place } from './desk-place.ts'
import { readingRoutes, workingRoutes } from './desk-routes.ts'
import { deskTitles } from './desk-titles.ts'
import { findDesks } from './find-desks.ts'
import { gateRoutes } from './gate-routes.ts'
import { letterRoutes } from './letter-routes.ts'
import { defaultTimeouts, type Timeouts } from './limits.ts'
import { makeApi } from './make-api.ts'
import { metricsRoute } from './metrics-route.ts'
import { openApi } from './open-api.ts'
import { overviewRoutes } from './overview-routes.ts'
import { type AccessOptions, reviewGuard } from './review-guard.ts'
import type { AccessToken } from './rights/access-token.ts'
import { serveBackend } from './serve-backend.ts'
import type { ServedQueues } from './served.ts'
import { sharedShapes } from './shapes.ts'
import type { Steerable } from './steering/steer.ts'
import { steeringRoutes } from './steering/steering-routes.ts'
import type { ServerTls } from './tls.ts'
import { tokenRoutes } from './token-routes.ts'
import { travelRoutes } from './travel-routes.ts'
import { unknownRoutes } from './unknown-routes.ts'

/** How the backend behind the queues is served to workers elsewhere. */
export interface ServedBackend {
  /** To the bearers of these tokens: each may do what it says. */
  readonly tokens: readonly AccessToken[]
}

/** Which queues and desks are served, and to which clients. */
export interface ReviewsOptions extends AccessOptions {
  /** Of one workflow, from `makeQueues`. */
  readonly queues: ServedQueues
  /** What `queues.artifacts()` made, or a part of it. Desks are found at any depth; the rest is ignored. */
  readonly artifacts: unknown
  /** Where errors of the server are logged; by default to the log of the queues. */
  readonly log?: Log | undefined
  /** What runs this process among others, if that can be steered: served under `/up`. It takes a token to end processes. */
  readonly up?: Steerable | undefined
  /** Serves the backend of the queues too, under `/backend`, as `serveBackend` does: so `http('https://HOST/backend', { token })` reaches it. */
  readonly backend?: ServedBackend | undefined
  /** Lets the server speak TLS by itself. */
  readonly tls?: ServerTls | undefined
  /** Other limits than the default ones for slow connections. */
  readonly timeouts?: Partial<Timeouts> | undefined
}

/** The keys of `ReviewsOptions`. */
export const reviewsKeys = keysOf<ReviewsOptions>({
  queues: true,
  artifacts: true,
  token: true,
  hosts: true,
  origins: true,
  log: true,
  up: true,
  backend: true,
  tls: true,
  timeouts: true,
})

/**
 * A fastify instance with the review API of one workflow, which listens nowhere yet: desks, tokens, the board, `/metrics`,
 * `/openapi.json` and `/docs`. Closing it leaves the queues open. Rejects with an `InvalidError` for a token that no request can carry, for
 * `hosts` of other machines without a token, and for an invalid name or origin.
 */
export async function makeReviews(options: ReviewsOptions): Promise<FastifyInstance> {
  refuseUnread('makeReviews() is given', options, reviewsKeys)
  if (options.timeouts) refuseUnread('`timeouts` has', options.timeouts, Object.keys(defaultTimeouts))
  const { queues, artifacts, token, up, log = queues.runtime.log, backend: served, tls } = options
  const timeouts = { ...defaultTimeouts, ...options.timeouts }
  const guarding = reviewGuard(options)
  const { backend, clock, workflow } = queues.runtime
  const desks = findDesks(workflow, artifacts)
  const api = makeApi(guarding, { timeouts, log, tls })
  unknownRoutes(api, [...desks.keys()])
  const shapes = sharedShapes()
  const titles = deskTitles(desks.keys())
  await openApi(api, { workflow, hasToken: token !== undefined, shapes })
  overviewRoutes(api, { queues, desks })
  for (const [name, desk] of desks) {
    warnUndescribed(log, name, desk)
    const place: Place = { backend, clock, workflow, name, title: titles.get(name)!, desk }
    readingRoutes(api, place, shapes)
    findingRoutes(api, place)
    workingRoutes(api, place)
    markingRoute(api, place)
  }
  tokenRoutes(api, { queues, desks })
  letterRoutes(api, { queues, desks })
  gateRoutes(api, { queues, desks })
  boardRoutes(api, queues)
  metricsRoute(api as unknown as FastifyInstance, backend, { workflow })
  travelRoutes(api, { queues, desks })
  bulkRoutes(api, { queues, desks })
  if (up && token !== undefined) steeringRoutes(api, '/up', up)
  if (served) await api.register(serveBackend(backend, { ...served, timeouts, log }), { prefix: '/backend' })
  takeInWhileServed(api, queues)
  return api as unknown as FastifyInstance
}

/** Warns the developer of decisions without a JSON Schema: no forms or typed clients can be made of them. */
function warnUndescribed(log: Log, desk: string, { decisions }: Desk): void {
  const undescribed = listDecisions(decisions).filter(({ fields }) => fields === undefined)
  if (undescribed.length === 0) return
  log.warn('What some decisions need is not described: the library of their schemas gives no JSON Schema.', {
    desk,
    decisions: undescribed.map(({ decision }) => decision).join(', '),
  })
}

function takeInWhileServed(api: Api, { runtime }: ServedQueues): void {
  let end: (() => void) | undefined
  api.addHook('onReady', async () => {
    end = runtime.upkeep.begin()
  })
  api.addHook('onClose', async () => end?.())
}
