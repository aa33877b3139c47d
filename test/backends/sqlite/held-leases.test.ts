import { expect, test } from 'vitest'
import { openConnection } from '../../../src/backends/sqlite/file/connection.ts'
import { migrate } from '../../../src/backends/sqlite/file/migrations.ts'
import { makeRenewer } from '../../../src/backends/sqlite/keeper/renewing.mjs'
import { type Gone, HeldLeases } from '../../../src/queue/held-leases.ts'
import { newPath } from './fixture.ts'

const many = 5000

test('the keeper sees leases for which the memory was made larger after it had begun', async () => {
  // In this file no token is leased, so each lease is found to be gone.
  const db = openConnection(await newPath())
  migrate(db)
  const leases = new HeldLeases()
  const lost: number[] = []
  const renew = makeRenewer(db, leases.shared, (gone: Gone[]) => leases.reportLost(gone))
  renew(1000)
  for (let token = 1; token <= many; token++) leases.add({ token, hop: 1, lease: 1 }, () => lost.push(token))
  renew(1000)
  expect(lost).toHaveLength(many)
  expect(new Set(lost).size).toBe(many)
  db.close()
})

test('a lease keeps its place and its key when the memory is made larger', () => {
  const leases = new HeldLeases()
  const first = { token: 7, hop: 2, lease: 3 }
  const place = leases.add(first, () => {})
  for (let token = 100; token < 100 + many; token++) leases.add({ token, hop: 1, lease: 1 }, () => {})
  expect(leases.has(first)).toBe(true)
  leases.remove(place)
  expect(leases.has(first)).toBe(false)
  expect([...leases.all()]).toHaveLength(many)
})

test('one process holds as many leases as it may, and is refused one more', () => {
  const leases = new HeldLeases()
  for (let token = 1; token <= 2 ** 18; token++) leases.add({ token, hop: 1, lease: 1 }, () => {})
  expect(() => leases.add({ token: 1, hop: 1, lease: 2 }, () => {})).toThrow(
    'One process cannot hold more than 262144 leases at once.',
  )
})
