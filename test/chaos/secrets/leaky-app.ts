import { defineApp, oneOf, state, worker, workflow, wrapped } from 'pipewright'
import { http } from 'pipewright/http'
import { sqlite } from 'pipewright/sqlite'
import * as z from 'zod'

const Call = state('Call', z.object({ how: z.enum(['fetch', 'throw', 'log']) }))
const Called = state('Called', z.object({}))
const Lost = state('Lost', z.object({ why: z.string() }))

interface Given {
  readonly url: string
}

const call = worker({
  input: z.enum(['fetch', 'throw', 'log']),
  output: z.object({}),
  retry: { attempts: 2, minMs: 1, maxMs: 1 },
  async process(how, ctx: Given & { readonly log: { warn: (text: string, fields?: object) => void } }) {
    if (how === 'log') ctx.log.warn(`Calling ${ctx.url}.`, { url: ctx.url, deep: { urls: [ctx.url] } })
    // Node itself repeats the URL, password and all, in what it throws.
    if (how === 'fetch') await fetch(ctx.url)
    if (how !== 'log') throw Object.assign(new Error(`${ctx.url} is gone`), { details: { url: ctx.url } })
    return {}
  },
})

/** An app whose worker has a URL with a password, and shows it wherever it can. */
export default defineApp({
  name: 'leaky',
  config: z.object({ backend: z.enum(['sqlite', 'http', 'http-password', 'none']).default('sqlite') }),
  open: ({ backend }, { log }) => {
    const { LEAKY_URL: url = '', PIPEWRIGHT_TOKEN: token = '' } = process.env
    const { host } = new URL(url)
    return {
      workflow: workflow({
        input: Call,
        output: oneOf(Called, Lost),
        stages: {
          call: wrapped(call, {
            input: Call,
            output: Called,
            pre: ({ how }) => how,
            post: () => Called({}),
            failed: {
              to: Lost,
              as: (_, { message, details }) => Lost({ why: `${message} ${JSON.stringify(details)}` }),
            },
          }),
        },
      }),
      backend: () => {
        log.debug('Opening.', { url })
        if (backend === 'none') throw new Error(`${url} is down.`, { cause: new Error(`GET ${url} failed`) })
        if (backend === 'sqlite') return sqlite('leaky.db')
        return http(backend === 'http' ? `http://${host}/queues` : url, { token })
      },
      context: { url },
      seed: { value: (how) => Call({ how: how as 'log' }), all: () => ['fetch', 'throw', 'log'] },
      serve: { port: 0, token },
    }
  },
})
