import { onTestFinished } from 'vitest'
import * as z from 'zod'
import {
  type Backend,
  type Clock,
  makeQueues,
  oneOf,
  review,
  sequential,
  state,
  worker,
  workflow,
  wrapped,
} from '../../src/index.ts'
import { type ServeReviewsOptions, serveReviews } from '../../src/serve/index.ts'
import { openersOf, openUsual } from '../on/open.ts'

export const Scan = state('Scan', z.object({ page: z.string() }))
export const Blurred = state('Blurred', z.object({ page: z.string(), why: z.string() }))
export const Rare = state('Rare', z.object({ page: z.string() }))
const Stored = state('Stored', z.object({ page: z.string(), note: z.string().optional() }))

const sharpen = worker({
  input: Scan,
  output: Stored,
  retry: { attempts: 1 },
  process: ({ page }) => {
    throw Object.assign(new RangeError(`page ${page} cannot be sharpened`), { code: 'E_BLUR' })
  },
})

const lookAgain = review({
  input: z.object({ page: z.string() }),
  decisions: {
    accept: z.object({}),
    // A decision may have fields that are called like what goes along with every decision.
    note: z.object({ by: z.string(), hop: z.number() }),
    explode: z.object({}),
  },
})

/** Scans that a worker cannot sharpen go to a desk; rare ones pass two desks, one after the other. */
const scans = workflow({
  input: oneOf(Scan, Blurred, Rare),
  output: Stored,
  stages: {
    sharpen: wrapped(sharpen, {
      input: Scan,
      output: Stored,
      pre: (scan) => scan,
      post: (_, stored) => stored,
      failed: { to: Blurred, as: ({ page }, { message }) => Blurred({ page, why: message }) },
    }),
    look: wrapped(lookAgain, {
      input: oneOf(Blurred),
      output: oneOf(Stored),
      facets: ({ page, why }) => ({ page, why, nothing: undefined }),
      pre: ({ page }) => {
        if (page === 'torn') throw new Error('the picture of page torn is missing')
        return { page }
      },
      post: ({ page }, choice) => {
        if (choice.decision === 'explode') throw new Error('no stage for an explosion')
        return Stored({ page, ...(choice.decision === 'note' && { note: `${choice.by} ${choice.hop}` }) })
      },
    }),
    gate: wrapped(
      sequential(
        review({ input: z.string(), decisions: { pass: z.object({}) } }),
        review({ input: z.object({ decision: z.literal('pass') }), decisions: { pass: z.object({}) } }),
      ),
      { input: Rare, output: Stored, pre: ({ page }) => page, post: ({ page }) => Stored({ page }) },
    ),
  },
})

/** What a request was answered with. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: any
}

/** A running review API of `scans` on `backend`, and a way to ask it. Everything is closed when the test ends. */
export async function serveScans(options: Partial<ServeReviewsOptions> = {}, given?: Backend, clock?: Clock) {
  const backend = given ?? (await openUsual(clock ? { clock } : {}))
  const queues = await makeQueues(scans, backend, 'scans', clock ? { clock } : {})
  const artifacts = queues.artifacts()
  const server = await serveReviews({ queues, artifacts, ...options })
  onTestFinished(async () => {
    await server.close()
    await backend.close()
  })

  return { backend, queues, artifacts, server, ask: asker(server.url) }
}

/** Asks the server at `url`; a `body` that is no string is sent as JSON. */
export function asker(url: string) {
  return async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answered> => {
    const init: RequestInit = { method, headers }
    if (body !== undefined) {
      init.headers = { 'content-type': 'application/json', ...headers }
      init.body = typeof body === 'string' ? body : JSON.stringify(body)
    }
    const response = await fetch(url + path, init)
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
  }
}

/** Backends to try everything that races on. */
export const backends = openersOf('memory', 'sqlite')
