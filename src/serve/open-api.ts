import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { globalRegistry, type z } from 'zod'
import type { Api } from './api.ts'
import type { Shapes } from './shapes.ts'

// Everything comes from this server; the page inserts its styles itself.
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** `/openapi.json`, made of the routes that are added after this, and `/docs`, a page that needs no network. */
export async function openApi(
  api: Api,
  { workflow, hasToken, shapes }: { workflow: string; hasToken: boolean; shapes: Shapes },
): Promise<void> {
  const naming = { schemaRegistry: shapes, zodToJsonConfig: { override: describeShape } }
  const nameShapes = createJsonSchemaTransformObject(naming)
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: `Reviews of ${workflow}`,
        description:
          'What people have to decide, and the tokens that travel. Errors are `{ code, message }`.',
        version: '1',
      },
      ...(hasToken && {
        components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
        security: [{ token: [] }],
      }),
    },
    transform: createJsonSchemaTransform(naming),
    transformObject: (document) => withoutUnused(nameShapes(document)),
  })
  await api.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: docsPolicy,
    uiConfig: { tryItOutEnabled: true },
  })
  api.get('/openapi.json', { schema: { hide: true } }, async () => api.swagger())
}

/** Adds the description of a shape, which is in zod's own registry, apart from the one of the names. */
function describeShape({ zodSchema, jsonSchema }: Described): void {
  const { id: _, ...said } = globalRegistry.get(zodSchema as z.ZodType) ?? {}
  Object.assign(jsonSchema, said)
}

interface Described {
  readonly zodSchema: z.core.$ZodType
  readonly jsonSchema: object
}

interface Named {
  readonly paths?: object
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> }
}

/** Each shape is named twice, as it is sent and as it is answered, and most are only answered. */
function withoutUnused<Part extends object>(document: Part): Part {
  const { paths, components } = document as Named
  const { schemas = {}, ...others } = components ?? {}
  const used = new Set<string>()
  const visit = (part: unknown) => {
    for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name!)) continue
      used.add(name!)
      visit(schemas[name!])
    }
  }
  visit(paths)
  const inOrder = Object.entries(schemas).filter(([name]) => used.has(name))
  return { ...document, components: { ...others, schemas: Object.fromEntries(inOrder) } }
}
