import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Backend } from '../queue/backend.ts'
import type { Metrics } from './metrics.ts'

/** What the metrics are of, and who may read them. */
interface Measured {
  /** All workflows, unless told. */
  readonly workflow?: string | undefined
  /** Throws unless a request may have them. */
  readonly demand?: ((request: FastifyRequest) => void) | undefined
}

/** Adds `GET /metrics`, in the text that Prometheus reads. Behind the guard of its server. */
export function metricsRoute(
  app: Pick<FastifyInstance, 'get'>,
  backend: Backend,
  { workflow, demand }: Measured = {},
): void {
  let metrics: Metrics | undefined
  // Most servers are never asked.
  const load = async () => (metrics ??= (await import('./metrics.ts')).makeMetrics(backend, workflow))
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    demand?.(request)
    const { contentType, read } = await load()
    const text = await read()
    return reply.type(contentType).send(text)
  })
}
