import { Client } from 'pg'
import { describe, it } from 'vitest'
import { testBackend } from '../../src/testing/index.ts'
import { postgresUrl, takeSchema } from '../postgres/schemas.ts'

testBackend(
  'postgres',
  async (clock) => {
    const schema = takeSchema()
    let backend = await schema.open({ clock })
    const clients: Client[] = []
    const begin = async () => {
      const transaction = new Client(postgresUrl())
      clients.push(transaction)
      await transaction.connect()
      await transaction.query('begin')
      return {
        transaction,
        commit: () => transaction.query('commit'),
        rollback: () => transaction.query('rollback'),
      }
    }
    const close = async () => {
      for (const client of clients) await client.end()
      await backend.close()
      await schema.free()
    }
    const reopen = async () => {
      await backend.close()
      backend = await schema.open({ clock })
      return backend
    }
    return { backend, begin, reopen, close }
  },
  { describe, it },
)
