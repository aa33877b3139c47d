import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { memory } from '../../src/backends/memory.ts'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { testBackendModel } from '../../src/testing/index.ts'

testBackendModel(
  'memory',
  (clock) => {
    const backend = memory({ clock })
    return { backend, close: () => backend.close() }
  },
  { describe, it, runs: 30 },
)

testBackendModel(
  'sqlite',
  async (clock) => {
    const folder = await mkdtemp(join(tmpdir(), 'pipewright-'))
    const backend = await sqlite(join(folder, 'queues.db'), { clock })
    return { backend, close: () => backend.close().finally(() => rm(folder, { recursive: true })) }
  },
  { describe, it, runs: 5 },
)
