import { describe, it } from 'vitest'
import { testBackend } from '../../src/testing/index.ts'
import { takeSchema } from '../postgres/schemas.ts'

testBackend(
  'postgres',
  async (clock) => {
    const schema = takeSchema()
    let backend = await schema.open({ clock })
    const close = async () => {
      await backend.close()
      await schema.free()
    }
    const reopen = async () => {
      await backend.close()
      backend = await schema.open({ clock })
      return backend
    }
    return { backend, reopen, close }
  },
  { describe, it },
)
