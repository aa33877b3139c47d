// A process of the tests: moves tokens from first over second to done, and writes what was answered with success to a file, so that
// tests have a ledger outside of the database. An error of the backend is none of its own: it goes on.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { postgres } from '../../../src/backends/postgres/postgres.ts'
import { moving, shop } from './press-shop.ts'

const [url, schema, ledger] = process.argv.slice(2)
const owner = `peer-${process.pid}`
const backend = await postgres(url!, { schema: schema! })
await backend.declare(shop)

async function work(from: string, to: string): Promise<never> {
  for (;;) {
    let doing = 'lease'
    try {
      const rows = await backend.lease(from, { owner, leaseMs: 3000, timeoutMs: 10_000, limit: 10 })
      doing = 'commit'
      await Promise.all(
        rows.map(async (row) => {
          await backend.commit(moving(row, from, to))
          appendFileSync(ledger!, `told ${row.id}:${row.hop}\n`)
        }),
      )
      if (rows.length === 0) await sleep(20)
    } catch (error) {
      appendFileSync(ledger!, `error of ${doing}: ${(error as Error).message.replaceAll('\n', ' ')}\n`)
      await sleep(50)
    }
  }
}

process.on('disconnect', () => process.exit())
process.send?.('ready')
void work('first', 'second')
void work('second', 'done')
