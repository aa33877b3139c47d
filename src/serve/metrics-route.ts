import type { FastifyInstance } from 'fastify'
import type { Backend } from '../queue/backend.ts'
import type { Metrics } from './metrics.ts'

/** Adds `GET /metrics`, in the text that Prometheus reads, of all workflows or of one. Behind the guard of its server. */
export function metricsRoute(app: Pick<FastifyInstance, 'get'>, backend: Backend, workflow?: string): void {
  let metrics: Metrics | undefined
  // Most servers are never asked.
  const load = async () => (metrics ??= (await import('./metrics.ts')).makeMetrics(backend, workflow))
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    const { contentType, read } = await load()
    const text = await read()
    return reply.type(contentType).send(text)
  })
}
