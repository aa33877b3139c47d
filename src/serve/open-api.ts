import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import type { Api } from './api.ts'

// Everything comes from this server; the page inserts its styles itself.
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** `/openapi.json`, made of the routes that are added after this, and `/docs`, a page that needs no network. */
export async function openApi(
  api: Api,
  { workflow, hasToken }: { workflow: string; hasToken: boolean },
): Promise<void> {
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
    transform: jsonSchemaTransform,
  })
  await api.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: docsPolicy,
    uiConfig: { tryItOutEnabled: true },
  })
  api.get('/openapi.json', { schema: { hide: true } }, async () => api.swagger())
}
