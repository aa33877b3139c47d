import { promisify } from 'node:util'
import { type FastifyRequest, fastify } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Log } from '../run/log.ts'
import { answerClientError } from './answer-client-error.ts'
import type { Api } from './api.ts'
import { plainDeskPath } from './desk-path.ts'
import { type GuardOptions, guard } from './guard.ts'
import { onlyJson } from './json-bodies.ts'
import { connectionOptions, type Timeouts } from './limits.ts'
import { answerError } from './problem.ts'
import { refuseDeepBodies } from './refuse-deep.ts'
import { httpsOptions, type ServerTls } from './tls.ts'

/** How an API speaks. */
interface ApiOptions {
  readonly timeouts: Timeouts
  readonly log: Log
  readonly tls: ServerTls | undefined
}

/**
 * A server without routes that lets in requests by `guarding`, takes JSON, and logs its failures to `log`. Throws an `InvalidError` for
 * certificates that cannot be used.
 */
export function makeApi(guarding: GuardOptions, { timeouts, log, tls }: ApiOptions): Api {
  const onError = answerError(log)
  const connection = connectionOptions(timeouts)
  const { http, ...others } = connection
  const api = fastify({
    ...others,
    // Both are options of the server: the limits hold with TLS as well.
    ...(tls ? { https: { ...http, ...httpsOptions(tls) } as never } : { http }),
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
  api.addHook('preValidation', refuseDeepBodies)
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
