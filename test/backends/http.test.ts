import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import { describe, it } from 'vitest'
import { http } from '../../src/backends/http.ts'
import { memory } from '../../src/backends/memory.ts'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import type { Backend } from '../../src/queue/backend.ts'
import { serveBackend } from '../../src/serve/serve-backend.ts'
import { type Opened, testBackend } from '../../src/testing/index.ts'

testBackend('http over memory', (clock) => overHttp(memory({ clock })), { describe, it })

// In `npm test` SQLite over HTTP is compared with a model: `model.test.ts`.
if (process.env['CHAOS'] === 'long') {
  testBackend(
    'http over sqlite',
    async (clock) => {
      const folder = await mkdtemp(join(tmpdir(), 'pipewright-'))
      const { backend, close } = await overHttp(await sqlite(join(folder, 'queues.db'), { clock }))
      return { backend, close: () => close().finally(() => rm(folder, { recursive: true })) }
    },
    { describe, it },
  )
}

async function overHttp(inner: Backend): Promise<Opened> {
  const app = fastify({ forceCloseConnections: true })
  await app.register(serveBackend(inner, { token: 'secret' }), { prefix: '/queues' })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const backend = http(`${url}/queues`, { token: 'secret' })
  const close = async () => {
    await backend.close()
    await app.close()
    await inner.close()
  }
  return { backend, close }
}
