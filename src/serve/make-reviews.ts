import type { FastifyInstance } from 'fastify'
import type { Desk } from '../run/desk/desk.ts'
import type { Log } from '../run/log.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import type { Api } from './api.ts'
import { listDecisions } from './decision-shapes.ts'
import { readingRoutes, workingRoutes } from './desk-routes.ts'
import { deskTitles } from './desk-titles.ts'
import { findDesks } from './find-desks.ts'
import { defaultTimeouts, type Timeouts } from './limits.ts'
import { makeApi } from './make-api.ts'
import { openApi } from './open-api.ts'
import { overviewRoutes } from './overview-routes.ts'
import { type AccessOptions, reviewGuard } from './review-guard.ts'
import type { ServedQueues } from './served.ts'
import { sharedShapes } from './shapes.ts'
import { tokenRoutes } from './token-routes.ts'
import { unknownRoutes } from './unknown-routes.ts'

/** Which queues and desks are served, and to whom. */
export interface ReviewsOptions extends AccessOptions {
  /** Of one workflow, from `makeQueues`. */
  readonly queues: ServedQueues
  /** What `queues.artifacts()` made, or a part of it. Desks are found however deep they are; the rest is left alone. */
  readonly artifacts: unknown
  /** Where errors of the server go; where those of the queues go unless told. */
  readonly log?: Log | undefined
  /** Other times than usual after which slow connections are cut. */
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
  timeouts: true,
})

/**
 * A fastify instance with the review API of one workflow, which listens nowhere yet: desks, tokens, `/openapi.json`
 * and `/docs`. Closing it leaves the queues open. Rejects with an `InvalidError` if the token is none that a request can carry, if there is
 * none though `hosts` names others than this machine, and for what is no name or no origin.
 */
export async function makeReviews(options: ReviewsOptions): Promise<FastifyInstance> {
  refuseUnread('makeReviews() is given', options, reviewsKeys)
  if (options.timeouts) refuseUnread('`timeouts` has', options.timeouts, Object.keys(defaultTimeouts))
  const { queues, artifacts, token, log = queues.runtime.log, timeouts } = options
  const guarding = reviewGuard(options)
  const { backend, workflow } = queues.runtime
  const desks = findDesks(workflow, artifacts)
  const api = makeApi(guarding, { ...defaultTimeouts, ...timeouts }, log)
  unknownRoutes(api, [...desks.keys()])
  const shapes = sharedShapes()
  const titles = deskTitles(desks.keys())
  await openApi(api, { workflow, hasToken: token !== undefined, shapes })
  overviewRoutes(api, { queues, desks })
  for (const [name, desk] of desks) {
    tellUndescribed(log, name, desk)
    const place = { backend, workflow, name, title: titles.get(name)!, desk }
    readingRoutes(api, place, shapes)
    workingRoutes(api, place)
  }
  tokenRoutes(api, { queues, desks })
  takeInWhileServed(api, queues)
  return api as unknown as FastifyInstance
}

/** Forms and typed clients cannot be made of what no schema describes: says so where somebody may mend it. */
function tellUndescribed(log: Log, desk: string, { decisions }: Desk): void {
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
    end = runtime.admission.begin()
  })
  api.addHook('onClose', async () => end?.())
}
