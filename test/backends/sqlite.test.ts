import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { testBackend } from '../../src/testing/index.ts'

testBackend(
  'sqlite',
  async (clock) => {
    const folder = await mkdtemp(join(tmpdir(), 'pipewright-'))
    const path = join(folder, 'queues.db')
    const opened = [await sqlite(path, { clock })]
    return {
      backend: opened[0]!,
      reopen: async () => {
        const backend = await sqlite(path, { clock })
        opened.push(backend)
        return backend
      },
      close: async () => {
        for (const backend of opened) await backend.close()
        await rm(folder, { recursive: true })
      },
    }
  },
  { describe, it },
)
