// A second process of the tests: moves tokens from first over second to done, and reports on its channel what was
// answered with success, so that tests keep a ledger outside of the database.
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { moving, usualQueues, workflow } from './shop.ts'

const [path] = process.argv.slice(2)
const owner = `peer-${process.pid}`
const backend = await sqlite(path!)
await backend.declare({ workflow, queues: usualQueues, fingerprint: 'v1' })

for (const [from, to] of [
  ['shop/first', 'shop/second'],
  ['shop/second', 'shop/done'],
] as const) {
  let leasing = false
  let again = false
  const fill = async () => {
    again = leasing
    if (leasing) return
    leasing = true
    const rows = await backend.lease(from, { owner, leaseMs: 500, timeoutMs: 5000, limit: 10 })
    leasing = false
    for (const row of rows) {
      backend.commit(moving(row, from, to)).then(
        () => process.send?.({ done: row.id, hop: row.hop, to }),
        () => {},
      )
    }
    if (rows.length > 0 || again) void fill()
  }
  backend.watch(() => void fill())
  void fill()
}
process.send?.({ ready: true })
process.on('disconnect', () => process.exit())
