import { describe, it } from 'vitest'
import pg from 'pg'
import { postgres } from '../../src/backends/postgres/postgres.ts'
import { testBackend } from '../../src/testing/index.ts'

const url = 'postgres://pipewright@127.0.0.1:54329/postgres'
let n = 0
const admin = new pg.Pool({ connectionString: url, max: 1, allowExitOnIdle: true })
testBackend(
  'postgres',
  async (clock) => {
    const schema = `s${process.pid}_${n++}`
    const open = () => postgres(url, { schema, clock })
    let backend = await open()
    return {
      backend,
      reopen: async () => { await backend.close(); backend = await open(); return backend },
      close: async () => { await backend.close(); await admin.query(`drop schema if exists ${schema} cascade`) },
    }
  },
  { describe, it },
)
