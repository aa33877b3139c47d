import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { openSchema, postgresUrl } from '../../postgres/schemas.ts'

const queue = 'shop/main'

test('a letter to a message that has paid at a gate does not ask for that gate, which is in other hands', async () => {
  const { name: schema, backend } = await openSchema()
  const other = new pg.Client({ connectionString: postgresUrl() })
  await other.connect()
  onTestFinished(() => other.end())
  const gates = [{ name: 'room', limit: 2 }]
  const queues = [{ name: queue, role: 'stage', behind: [{ gate: 'room' }] }] as const
  await backend.declare({ workflow: 'shop', fingerprint: '', gates, queues })
  const token = { id: 'a', hop: 0, frames: [], priority: 0, deploy: 1 }
  await backend.commit([{ kind: 'push', queue, token, value: 1, enter: 'refuse', delayMs: 0 }])
  const request = { owner: 'ann', leaseMs: 60_000, timeoutMs: 60_000, limit: 1 }
  expect(await backend.lease(queue, request)).toHaveLength(1)

  await other.query(`begin; select from "${schema}".pw_gates for update`)
  await backend.commit([{ kind: 'mail', workflow: 'shop', id: 'a', name: 'hello', from: 'ann' }])
  await other.query('rollback')
})
