import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Backend } from '../../src/index.ts'
import type { Row } from '../../src/queue/contract.ts'
import { filterParts } from '../queue/random-filter.ts'
import { backends, serveScans } from '../serve/rig.ts'
import { checkAnswer } from './fuzzing/answer-check.ts'
import { documentedRoutes, type JsonSchema } from './fuzzing/documented.ts'
import { serveAnything } from './fuzzing/odd-desk.ts'
import { countLines, reconcileTokens } from './fuzzing/reconcile-tokens.ts'
import { requests } from './fuzzing/request.ts'

// The OpenAPI document says what may be asked and what may be answered; what is sent fits it, nearly fits it, or is
// hostile. What was answered with success is then compared with what is in the queues and in the history. Taken out,
// to see this fail:
// - the refusal of a comma in `words.ts`: the process has no memory left;
// - `levels` in `plan.ts`: a 500 where values may have any shape (this test has found it);
// - the right type of a field of `Journey` in `review-shapes.ts`: a 500, as it cannot be answered as documented.

const numRuns = process.env['CHAOS'] === 'long' ? 20_000 : 300

const oneOf = (...values: readonly unknown[]) =>
  fc.constantFrom(...values.map((value) => JSON.stringify(value)))
const finding = fc.array(fc.constantFrom(...filterParts), { maxLength: 12 }).map((parts) => parts.join(''))
const found = fc
  .oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 1, arbitrary: finding })
  .map((text) => JSON.stringify(text))
const shared = {
  id: oneOf('a', 'b', 'c', 'd/e', '😀'),
  // Of the token, when it is sent: hardly any other would fit.
  hop: oneOf('@hop', '@hop', 1),
  lease: oneOf('@lease', '@lease', 1),
  by: oneOf('ann', 'bob', '😀'),
  enter: oneOf('replace', 'replace', 'ignore', 'refuse'),
  where: found,
  q: found,
}
const states = oneOf(
  { tag: 'Scan', page: '1' },
  { tag: 'Blurred', page: '1', why: 'blurred' },
  { tag: 'Blurred', page: 'torn', why: '' },
  { tag: 'Rare', page: '__proto__' },
)
const apps = {
  scans: { serve: serveScans, shared: { ...shared, value: states } },
  anything: { serve: serveAnything, shared },
} as const

describe.each(Object.keys(backends))('on %s', (kind) => {
  it.each(Object.keys(apps) as (keyof typeof apps)[])(
    'answers every request as documented, and keeps its books (%s)',
    { timeout: 600_000 },
    async (name) => {
      const backend = await backends[kind]!()
      const { server } = await apps[name].serve({}, backend)
      const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as JsonSchema
      const entered = new Set<string>()
      const done = { decided: 0, cancelled: 0 }
      const given = requests(documentedRoutes(document), apps[name].shared)
      const property = fc.asyncProperty(given, async ({ route, path, body: draft }) => {
        const { hop = 1, lease = 1 } = await present(backend, name, path)
        const body = draft?.replaceAll('"@hop"', String(hop)).replaceAll('"@lease"', String(lease))
        const sent = body !== undefined && { body, headers: { 'content-type': 'application/json' } }
        const response = await fetch(server.url + path, { method: route.method, ...sent })
        const { status } = response
        const answer = await response.text()
        checkAnswer(route, status, answer)
        // A push with `once` may find that another id has entered with its key.
        const isEntry = status === 201 && route.path.endsWith('/tokens')
        if (isEntry && JSON.parse(answer).entered) entered.add(JSON.parse(body!).id)
        const isFork = status === 200 && route.path.endsWith('/fork')
        if (isFork && !JSON.parse(body!).dryRun) entered.add(JSON.parse(body!).id)
        if (status === 200 && route.path.endsWith('/decide')) done.decided++
        if (status === 200 && route.path.endsWith('/cancel')) done.cancelled++
      })
      await fc.assert(property, { numRuns, endOnFailure: true })
      expect(await reconcileTokens(backend, name, entered)).toEqual([])
      expect(await countLines(backend, name, entered)).toMatchObject(done)
      expect(entered.size).toBeGreaterThan(0)
    },
  )
})

/** The hop and the lease of the token that `path` names, where it is now. */
async function present(backend: Backend, workflow: string, path: string): Promise<Partial<Row>> {
  const id = /\/(?:tasks|tokens)\/([^/?]+)/.exec(path)?.[1]
  if (id === undefined) return {}
  return (await backend.journey(workflow, decodeURIComponent(id), { limit: 1 }))?.row ?? {}
}
