import { expect, it } from 'vitest'
import * as z from 'zod'
import { makeQueues, review } from '../../src/index.ts'
import { serveReviews } from '../../src/serve/index.ts'
import { openUsual } from '../on/open.ts'
import { asker, Blurred, serveScans } from './rig.ts'

it('describes every route as OpenAPI 3.1', async () => {
  const { ask } = await serveScans({ token: 'secret' })
  const { status, body } = await ask('GET', '/openapi.json')
  expect(status).toBe(200)
  expect(body.openapi).toMatch(/^3\.1\./)
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining([
      '/health',
      '/reviews',
      '/reviews/look/tasks',
      '/reviews/look/tasks/{id}',
      '/reviews/gate/1/tasks/{id}/claim',
      '/reviews/gate/1/tasks/{id}/release',
      '/tokens',
      '/tokens/{id}',
      '/tokens/{id}/cancel',
    ]),
  )
  const { post } = body.paths['/reviews/look/tasks/{id}/decide']
  expect(post.requestBody.content['application/json'].schema).toMatchObject({
    required: ['decision', 'hop', 'by'],
    properties: { decision: { enum: ['accept', 'note', 'explode'] } },
    oneOf: [
      { title: 'accept' },
      {
        title: 'note',
        required: ['decision', 'fields'],
        properties: { fields: { required: ['by', 'hop'] } },
      },
      { title: 'explode' },
    ],
  })
  for (const status of [400, 401, 403, 404, 409, 422, 503]) {
    expect(post.responses[status].content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/Problem',
    })
  }
  expect(body.components.schemas.Problem.required).toEqual(['code', 'message'])
  expect(body.security).toEqual([{ token: [] }])
  expect(JSON.stringify(body)).not.toContain('secret')
})

it('gives each operation a name of its own, and says of each answer what it is', async () => {
  const { ask } = await serveScans()
  const { paths } = (await ask('GET', '/openapi.json')).body
  const operations = Object.values<object>(paths).flatMap((each) => Object.values<any>(each))
  const names = operations.map(({ operationId }) => operationId)
  expect(names).toEqual(
    expect.arrayContaining(['listDesks', 'decideLookTask', 'listGate0Tasks', 'cancelToken']),
  )
  expect(new Set(names).size).toBe(operations.length)
  for (const { operationId, responses } of operations)
    for (const [status, { description }] of Object.entries<any>(responses))
      expect(description, `${operationId} ${status}`).toMatch(/^[A-Z].*\.$/)
})

it('names what is answered in many places once, and nothing that is nowhere', async () => {
  const { ask } = await serveScans()
  const { components, paths } = (await ask('GET', '/openapi.json')).body
  const names = Object.keys(components.schemas)
  expect(names).toEqual(
    expect.arrayContaining(['Problem', 'Fault', 'HistoryLine', 'LookTask', 'Gate1OpenedTask']),
  )
  const text = JSON.stringify([paths, components])
  for (const name of names) expect(text).toContain(`"#/components/schemas/${name}"`)
})

it('describes the states that enter, wait and are reviewed', async () => {
  const { ask } = await serveScans()
  const { components, paths } = (await ask('GET', '/openapi.json')).body
  const { state, value } = components.schemas.LookOpenedTask.properties
  expect(state).toMatchObject({
    properties: { tag: { const: 'Blurred' }, page: { type: 'string' }, why: { type: 'string' } },
    required: ['tag', 'page', 'why'],
  })
  expect(value).toMatchObject({ properties: { page: { type: 'string' } }, required: ['page'] })
  const { schema } = paths['/tokens'].post.requestBody.content['application/json']
  expect(schema.properties.value.oneOf.map(({ title }: { title: string }) => title)).toEqual([
    'Scan',
    'Blurred',
    'Rare',
  ])
})

it('begins with examples that are taken as they are', async () => {
  const { ask } = await serveScans()
  const { paths } = (await ask('GET', '/openapi.json')).body
  const bodyOf = (path: string) => paths[path].post.requestBody.content['application/json']
  const { id, value, ...more } = bodyOf('/tokens').example
  expect((await ask('POST', '/tokens', { id, value, ...more })).status).toBe(201)
  const { accept, note } = bodyOf('/reviews/look/tasks/{id}/decide').examples
  for (const [task, { value }] of Object.entries({ b1: accept, b2: note })) {
    await ask('POST', '/tokens', { id: task, value: Blurred({ page: '1', why: 'blurred' }) })
    expect((await ask('POST', `/reviews/look/tasks/${task}/decide`, value)).status).toBe(200)
  }
})

it('describes decisions whose schemas refer to themselves or cannot be described', async () => {
  interface Tree {
    readonly name: string
    readonly branches: readonly Tree[]
  }
  const Tree: z.ZodType<Tree> = z.object({ name: z.string(), branches: z.array(z.lazy(() => Tree)) })
  const backend = await openUsual()
  const Parts = z.object({ tree: Tree })
  const odd = {
    '~standard': {
      version: 1,
      vendor: 'by hand',
      validate: (value: unknown) => ({ value: value as object }),
    },
  } as const
  const queues = await makeQueues(review({ input: z.string(), decisions: { Parts, odd } }), backend, 'odd')
  const told: unknown[] = []
  const log = {
    debug() {},
    info() {},
    error() {},
    warn: (_: string, fields: unknown) => void told.push(fields),
  }
  const server = await serveReviews({ queues, artifacts: queues.artifacts(), log })
  expect(told).toEqual([{ desk: 'main', decisions: 'odd' }])
  const ask = asker(server.url)
  const { desks } = (await ask('GET', '/reviews')).body
  expect(desks).toMatchObject([
    { desk: 'main', decisions: [{ fields: { type: 'object' } }, { decision: 'odd' }] },
  ])
  expect(desks[0].decisions[1].fields).toBeUndefined()
  const { body } = await ask('GET', '/openapi.json')
  for (const name of JSON.stringify(body).matchAll(/"\$ref":"(.*?)"/g))
    expect(name[1]).toMatch(/^#\/components\/schemas\/\w+$/)
  const decide = { decision: 'odd', fields: { any: 'thing' }, hop: 1, by: 'ann' }
  await queues.input.push('a', 'b')
  expect((await ask('POST', '/reviews/main/tasks/a/decide', decide)).status).toBe(200)
  await server.close()
})

it('has docs that load nothing from other servers', async () => {
  const { ask } = await serveScans()
  const page = await ask('GET', '/docs')
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
  const parts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url as string)
  expect(parts.length).toBeGreaterThan(3)
  for (const url of parts) {
    expect(url).toMatch(/^\/docs\//)
    expect((await ask('GET', url)).status, url).toBe(200)
  }
  expect((await ask('GET', '/docs/json')).body.openapi).toMatch(/^3\.1\./)
})
