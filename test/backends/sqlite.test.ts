import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, it } from 'vitest'
import { type Connection, openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { testBackend } from '../../src/testing/index.ts'

// To bring a new file to the schema of now takes longer than most tests; `sqlite/opening.test.ts` is about that.
const scratch = () => mkdtemp(join(tmpdir(), 'pipewright-'))
const template = join(await scratch(), 'queues.db')
await (await sqlite(template)).close()
afterAll(() => rm(dirname(template), { recursive: true }))

testBackend(
  'sqlite',
  async (clock) => {
    const folder = await scratch()
    const path = join(folder, 'queues.db')
    await copyFile(template, path)
    const opened = [await sqlite(path, { clock })]
    const connections: Connection[] = []
    return {
      backend: opened[0]!,
      begin() {
        const transaction = openDatabase(path)
        connections.push(transaction)
        transaction.exec('begin immediate')
        return {
          transaction,
          commit: () => transaction.exec('commit'),
          rollback: () => transaction.exec('rollback'),
        }
      },
      reopen: async () => {
        const backend = await sqlite(path, { clock })
        opened.push(backend)
        return backend
      },
      close: async () => {
        for (const connection of connections) connection.close()
        for (const backend of opened) await backend.close()
        await rm(folder, { recursive: true })
      },
    }
  },
  { describe, it },
)
