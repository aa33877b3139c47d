import { chmodSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { fastify } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Log } from '../../run/log.ts'
import { type Api, answer, problemsOfBody } from '../api.ts'
import { answerError } from '../problem.ts'
import { LogQuery, Running, Scaling, Steered, Which } from './shapes.ts'
import type { Steerable, Verb } from './steer.ts'

const verbs: readonly Verb[] = ['start', 'stop', 'restart']

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
  addRoutes(api, up)
  // Its folder lets in its owner alone already.
  await api.listen({ path })
  chmodSync(path, 0o600)
  return () => api.close()
}

function addRoutes(api: Api, up: Steerable): void {
  const steered = async (asked: Promise<readonly string[]>) => ({ faults: await asked, ...up.look() })
  const answers = { 200: answer('What runs now.', Steered), ...problemsOfBody(404) }

  api.get('/', { schema: { response: { 200: answer('What runs.', Running) } } }, async () => up.look())

  for (const verb of verbs) {
    api.post(`/${verb}`, { schema: { body: Which, response: answers } }, ({ body }) =>
      steered(up.steer(verb, body.groups)),
    )
  }

  api.post('/scale', { schema: { body: Scaling, response: answers } }, ({ body }) =>
    steered(up.scale(body.group, body.processes)),
  )

  api.post('/reload', { schema: { response: answers } }, () => steered(up.reload()))

  api.post('/down', { schema: { response: { 200: answer('What is ending.', Running) } } }, async () => {
    up.down()
    return up.look()
  })

  api.get('/logs', { schema: { querystring: LogQuery } }, ({ query }, reply) => {
    const { group, lines: last, follow } = query
    const signal = follow === 'true' ? goneOf(reply.raw) : undefined
    const body = Readable.from(ended(up.lines({ group, last, signal })))
    return reply.type('application/x-ndjson').send(body)
  })
}

/** Aborts when the client has gone. */
function goneOf(raw: ServerResponse): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  return gone.signal
}

async function* ended(lines: AsyncIterable<string>): AsyncIterable<string> {
  for await (const line of lines) yield `${line}\n`
}
