import { describe, it } from 'vitest'
import { memory } from '../../src/backends/memory.ts'
import { testBackend } from '../../src/testing/index.ts'

testBackend(
  'memory',
  (clock) => {
    const backend = memory({ clock })
    return { backend, close: () => backend.close() }
  },
  { describe, it },
)
