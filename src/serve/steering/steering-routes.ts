import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { type Api, answer, problemsOfBody } from '../api.ts'
import { LogQuery, Running, Scaling, Steered, Which } from './shapes.ts'
import type { Steerable, Verb } from './steer.ts'

const verbs: readonly Verb[] = ['start', 'stop', 'restart']

/** Adds the routes by which `up` is steered, below `prefix`. */
export function steeringRoutes(api: Api, prefix: string, up: Steerable): void {
  const steered = async (asked: Promise<readonly string[]>) => ({ faults: await asked, ...(await up.look()) })
  const answers = { 200: answer('What runs now.', Steered), ...problemsOfBody(404) }

  api.get(prefix || '/', { schema: { response: { 200: answer('What runs.', Running) } } }, async () =>
    up.look(),
  )

  for (const verb of verbs) {
    api.post(`${prefix}/${verb}`, { schema: { body: Which, response: answers } }, ({ body }) =>
      steered(up.steer(verb, body.groups)),
    )
  }

  api.post(`${prefix}/scale`, { schema: { body: Scaling, response: answers } }, ({ body }) =>
    steered(up.scale(body.group, body.processes)),
  )

  api.post(`${prefix}/reload`, { schema: { response: answers } }, () => steered(up.reload()))

  api.post(
    `${prefix}/down`,
    { schema: { response: { 200: answer('What is ending.', Running) } } },
    async () => {
      await up.down()
      return up.look()
    },
  )

  const following = new Set<AbortController>()
  // Else the server would wait for clients that wait for it.
  api.addHook('preClose', async () => {
    for (const each of following) each.abort()
  })

  api.get(`${prefix}/logs`, { schema: { querystring: LogQuery } }, ({ query }, reply) => {
    const { group, lines: last, follow } = query
    const signal = follow === 'true' ? goneOf(reply.raw, following) : undefined
    const body = Readable.from(ended(up.lines({ group, last, signal })))
    return reply.type('application/x-ndjson').send(body)
  })
}

/** Aborts when the client has gone; until then, what aborts it is in `following`. */
function goneOf(raw: ServerResponse, following: Set<AbortController>): AbortSignal {
  const gone = new AbortController()
  following.add(gone)
  raw.once('close', () => {
    following.delete(gone)
    gone.abort()
  })
  return gone.signal
}

async function* ended(lines: AsyncIterable<string>): AsyncIterable<string> {
  for await (const line of lines) yield `${line}\n`
}
