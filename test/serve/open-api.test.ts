import { expect, it } from 'vitest'
import * as z from 'zod'
import { memory } from '../../src/backends/memory.ts'
import { makeQueues, review } from '../../src/index.ts'
import { serveReviews } from '../../src/serve/index.ts'
import { asker, serveScans } from './rig.ts'

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
  expect(post.responses['4XX'].content['application/json'].schema.required).toEqual(['code', 'message'])
  expect(body.security).toEqual([{ token: [] }])
  expect(JSON.stringify(body)).not.toContain('secret')
})

it('describes decisions whose schemas refer to themselves or cannot be described', async () => {
  interface Tree {
    readonly name: string
    readonly branches: readonly Tree[]
  }
  const Tree: z.ZodType<Tree> = z.object({ name: z.string(), branches: z.array(z.lazy(() => Tree)) })
  const backend = memory()
  const Parts = z.object({ tree: Tree })
  const odd = {
    '~standard': {
      version: 1,
      vendor: 'by hand',
      validate: (value: unknown) => ({ value: value as object }),
    },
  } as const
  const queues = await makeQueues(review({ input: z.string(), decisions: { Parts, odd } }), backend, 'odd')
  const server = await serveReviews({ queues, artifacts: queues.artifacts() })
  const ask = asker(server.url)
  const { desks } = (await ask('GET', '/reviews')).body
  expect(desks).toMatchObject([
    { desk: 'main', decisions: [{ fields: { type: 'object' } }, { decision: 'odd' }] },
  ])
  expect(desks[0].decisions[1].fields).toBeUndefined()
  const { body } = await ask('GET', '/openapi.json')
  expect(JSON.stringify(body)).not.toContain('$ref')
  const decide = { decision: 'odd', fields: { any: 'thing' }, hop: 1, by: 'ann' }
  await queues.input.push('a', 'b')
  expect((await ask('POST', '/reviews/main/tasks/a/decide', decide)).status).toBe(200)
  await server.close()
})

it('has docs that ask nobody else for anything', async () => {
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
