import { chmodSync } from 'node:fs'
import { fastify } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Log } from '../../run/log.ts'
import { answerError } from '../problem.ts'
import type { Steerable } from './steer.ts'
import { steeringRoutes } from './steering-routes.ts'

/** Lets processes of this user steer `up` by plain HTTP on the socket at `path`. Resolves with a function that ends it. */
export async function serveSteering(path: string, up: Steerable, log: Log): Promise<() => Promise<void>> {
  // No limits of time: the socket is for processes of this user, and an answer may wait for work to end.
  const api = fastify({
    bodyLimit: 100_000,
    forceCloseConnections: 'idle',
  }).withTypeProvider<ZodTypeProvider>()
  api.setValidatorCompiler(validatorCompiler)
  api.setSerializerCompiler(serializerCompiler)
  api.setErrorHandler(answerError(log))
  steeringRoutes(api, '', up)
  // Its folder lets in its owner alone already.
  await api.listen({ path })
  chmodSync(path, 0o600)
  return () => api.close()
}
