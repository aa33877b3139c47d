// A process of the tests: serves queues in memory over HTTP, or over TLS for clients with a certificate, and says under which URL.
import { fastify } from 'fastify'
import { memory } from '../../../src/backends/memory.ts'
import { serveBackend } from '../../../src/serve/index.ts'
import { authority, server } from '../../serve/certificates.ts'

const [how, token] = process.argv.slice(2)
const https = { ...server, ca: authority, requestCert: true, rejectUnauthorized: true }
const app = fastify(how === 'tls' ? { https } : ({} as { https: typeof https }))
await app.register(serveBackend(memory(), { token: token! }))
process.send!(await app.listen({ host: '127.0.0.1', port: 0 }))
