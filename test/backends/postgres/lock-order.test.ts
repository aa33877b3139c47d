import pg from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { postgresUrl, sql, takeSchema } from '../../postgres/schemas.ts'
import { entering, moving, shop } from './press-shop.ts'

test('a renewal beside a hop locks tokens in the one order, so that another transaction does not wait in a circle', async () => {
  const schema = takeSchema()
  const backend = await schema.open()
  const other = new pg.Client(postgresUrl())
  await other.connect()
  onTestFinished(async () => {
    await other.end()
    await backend.close()
    await schema.free()
  })
  await backend.declare(shop)
  await backend.commit([entering('a'), entering('b')])
  const term = { owner: 'w', leaseMs: 60_000, timeoutMs: 60_000 }
  const [a, b] = await backend.lease('first', { ...term, limit: 2 })
  const lock = (id: string) =>
    other.query(`select from ${schema.name}.pw_tokens where id = $1 for update`, [id])
  // It finds first that it waits in a circle, and fails.
  await other.query('set deadlock_timeout = 10')
  await other.query('begin')
  await lock('a')
  // One transaction: a commit that is no plain hop, since it goes behind a gate and back, and the renewal of the other token.
  const done = Promise.all([
    backend.commit([
      ...moving(b!, 'first', 'second'),
      { kind: 'line', event: 'noted', queue: 'first', actor: 'ann', reason: 'it was asked for' },
    ]),
    backend.extend('w', [{ queue: 'first', id: 'a', hop: a!.hop, lease: a!.lease }]),
  ])
  const waiting = `select count(*)::integer as count from pg_stat_activity where wait_event_type = 'Lock' and query like '%pw_tokens%'`
  await vi.waitFor(async () => expect(await sql(waiting)).toEqual([{ count: 1 }]), {
    timeout: 10_000,
    interval: 10,
  })
  await lock('b')
  await other.query('commit')
  const [, renewal] = await done
  expect(renewal.held.map(({ id }) => id)).toEqual(['a'])
})
