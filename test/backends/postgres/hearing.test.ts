import { expect, onTestFinished, test, vi } from 'vitest'
import { sql, takeSchema } from '../../postgres/schemas.ts'
import { entering, shop } from './press-shop.ts'

test('who begins to listen is told soon of what another process does that has just found no listener', async () => {
  const schema = takeSchema()
  const [from, to] = [await schema.open(), await schema.open()]
  onTestFinished(async () => {
    await Promise.all([from.close(), to.close()])
    await schema.free()
  })
  await from.declare(shop)
  // It finds that none listens, and goes by that for a second.
  await from.commit([entering('a')])
  const foundAt = performance.now()
  const heard: (string | undefined)[] = []
  onTestFinished(to.watch((queue) => void heard.push(queue)))
  const listeners = `select count(*)::integer as count from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and objsubid = 2
    and classid = (hashtext('${schema.name}/listening')::bigint & 4294967295)::oid`
  await vi.waitFor(async () => expect(await sql(listeners)).toEqual([{ count: 1 }]), {
    timeout: 10_000,
    interval: 5,
  })
  await vi.waitFor(() => expect(heard).toContain('first'), { timeout: 10_000, interval: 5 })
  // It looks once more by itself, as before it listened.
  await vi.waitFor(() => expect(performance.now() - foundAt).toBeGreaterThan(800), { interval: 5 })
  heard.length = 0
  await from.commit([entering('b')])
  // Its own look would come after five seconds.
  await vi.waitFor(() => expect(heard).toContain('first'), { timeout: 4000, interval: 20 })
})
