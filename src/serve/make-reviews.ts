import { promisify } from 'node:util'
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Queues } from '../pipeline/make-queues.ts'
import { InvalidError } from '../queue/errors.ts'
import type { Desk } from '../run/desk.ts'
import type { Log } from '../run/log.ts'
import { answerClientError } from './answer-client-error.ts'
import type { Api } from './api.ts'
import { plainDeskPath } from './desk-path.ts'
import { readingRoutes, workingRoutes } from './desk-routes.ts'
import { deskTitles } from './desk-titles.ts'
import { findDesks } from './find-desks.ts'
import { type GuardOptions, guard } from './guard.ts'
import { onlyJson } from './json-bodies.ts'
import { hostNames, originNames } from './known-names.ts'
import { connectionOptions, defaultTimeouts, type Timeouts } from './limits.ts'
import { isLoopback } from './loopback.ts'
import { openApi } from './open-api.ts'
import { overviewRoutes } from './overview-routes.ts'
import { answerError } from './problem.ts'
import { refuseDeep } from './refuse-deep.ts'
import { sharedShapes } from './shapes.ts'
import { tokenRoutes } from './token-routes.ts'
import { unknownRoutes } from './unknown-routes.ts'

/** Which queues and desks are served, and to whom. */
export interface ReviewsOptions {
  /** Of one workflow, from `makeQueues`. */
  readonly queues: Pick<Queues<any, any, any, any>, 'input' | 'accepts' | 'runtime'>
  /** What `queues.artifacts()` made, or a part of it. Desks are found however deep they are; the rest is left alone. */
  readonly artifacts: unknown
  /** The bearer token that every request must carry. Without one, only requests from this machine are answered. */
  readonly token?: string | undefined
  /**
   * Names under which the server is reached, beside `localhost` and its addresses: `reviews.example.org`, of a proxy
   * that speaks TLS, say. They need a token, since whoever asks for them comes from elsewhere.
   */
  readonly hosts?: readonly string[] | undefined
  /** Origins whose pages may ask, beside the server's own: `https://desk.example.org`. */
  readonly origins?: readonly string[] | undefined
  /** Where errors of the server go; where those of the queues go unless told. */
  readonly log?: Log | undefined
  /** Other times than usual after which slow connections are cut. */
  readonly timeouts?: Partial<Timeouts> | undefined
}

/** What the routes are about. */
export interface Served {
  readonly queues: ReviewsOptions['queues']
  readonly desks: ReadonlyMap<string, Desk>
}

/**
 * A fastify instance with the review API of one workflow, which listens nowhere yet: desks, tokens, `/openapi.json`
 * and `/docs`. Closing it leaves the queues open. Rejects with an `InvalidError` if the token is empty, if there is
 * none though `hosts` names others than this machine, and for what is no name or no origin.
 */
export async function makeReviews(options: ReviewsOptions): Promise<FastifyInstance> {
  const { queues, artifacts, token, log = queues.runtime.log, timeouts } = options
  const guarding = guardingOf(options)
  const { backend, workflow } = queues.runtime
  const desks = findDesks(workflow, artifacts)
  const api = makeApi(guarding, { ...defaultTimeouts, ...timeouts }, log)
  unknownRoutes(api, [...desks.keys()])
  const shapes = sharedShapes()
  const titles = deskTitles(desks.keys())
  await openApi(api, { workflow, hasToken: token !== undefined, shapes })
  overviewRoutes(api, { queues, desks })
  for (const [name, desk] of desks) {
    const place = { backend, workflow, name, title: titles.get(name)!, desk }
    readingRoutes(api, place, shapes)
    workingRoutes(api, place)
  }
  tokenRoutes(api, { queues, desks })
  return api as unknown as FastifyInstance
}

function guardingOf({ token, hosts = [], origins = [] }: ReviewsOptions): GuardOptions {
  if (token === '') throw new InvalidError('The token of a review API cannot be empty.')
  const names = hostNames(hosts)
  const elsewhere = [...names].find((name) => !isLoopback(name))
  if (token === undefined && elsewhere !== undefined) {
    throw new InvalidError(
      `Answering to "${elsewhere}" lets others than this machine in, so it needs a token: give one.`,
    )
  }
  return { token, hosts: names, origins: originNames(origins), isOpen }
}

/** What tells nothing of any token: browsers that read the docs cannot send one. */
function isOpen({ routeOptions: { url = '' } }: FastifyRequest): boolean {
  return url === '/health' || url === '/openapi.json' || url === '/docs' || url.startsWith('/docs/')
}

function makeApi(guarding: GuardOptions, timeouts: Timeouts, log: Log): Api {
  const onError = answerError(log)
  const api = fastify({
    ...connectionOptions(timeouts),
    // Ids are up to 255 characters, of up to 12 characters each where they are encoded.
    routerOptions: { maxParamLength: 4000 },
    rewriteUrl: ({ url = '/' }) => plainDeskPath(url),
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    // Hooks do not run for a path that cannot be read.
    frameworkErrors: (error, request, reply) => void onError(error, request, reply.headers(safeHeaders)),
  }).withTypeProvider<ZodTypeProvider>()
  api.setValidatorCompiler(validatorCompiler)
  api.setSerializerCompiler(serializerCompiler)
  api.setErrorHandler(onError)
  onlyJson(api, parserOf(api))
  api.addHook('onRequest', async (_request, reply) => void reply.headers(safeHeaders))
  api.addHook('onRequest', guard(guarding))
  api.addHook('preValidation', refuseDeep)
  closeGracefully(api)
  return api
}

/** Fastify's own parser, which refuses keys such as __proto__. */
function parserOf(api: Api) {
  const parse = promisify(api.getDefaultJsonParser('error', 'error'))
  return (text: string, request: FastifyRequest) => parse(request, text)
}

const safeHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** Requests under way are answered; the connections that they came on are not kept for another. */
function closeGracefully(api: Api): void {
  let isClosing = false
  api.addHook('preClose', async () => {
    isClosing = true
  })
  api.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('connection', 'close')
  })
}
