import { expect, test } from 'vitest'
import { fetch } from '../../../src/backends/postgres/commit/fetch.ts'
import { Fetched } from '../../../src/backends/postgres/commit/fetched.ts'
import { Needs } from '../../../src/backends/postgres/commit/needs.ts'
import { Sending } from '../../../src/backends/postgres/server/together.ts'
import { QueueNames } from '../../../src/backends/postgres/tables/queue-names.ts'

/** The tables that statements read, in the order in which they are sent. */
async function orderOf(needs: Needs): Promise<readonly string[]> {
  const sent: string[] = []
  const sending = new Sending()
  const rows = sending.noting(async (sql: string) => {
    sent.push(/pw_(gates|tokens|records|letters|revisions)/.exec(sql)?.[1] ?? sql)
    return []
  })
  const queues = new QueueNames([], { version: 0, former: new Map(), declared: new Map() })
  const session = { rows: rows as never, together: sending.atOnce, moment: { now: 0, elapsed: 0 }, queues }
  await fetch({ session, fetched: new Fetched(), hasZone: () => true }, needs, false)
  return sent
}

// What is counted before its token is locked may be changed by another transaction in between: a letter would be missed for ever.
test('what belongs to a token is read after the token is locked, though all of it is sent at once', async () => {
  const needs = new Needs()
  needs.add('count', { token: 1, hop: 1, names: ['result'] })
  needs.add('key', { token: 1, hop: 1, name: 'result', key: 'a' })
  needs.add('record', { workflow: 'shop', token: 1, hop: 1, key: 'children' })
  needs.add('token', { token: 1 })
  needs.add('gateRef', { ref: 1 })
  needs.draw('revisions', 1)
  expect(await orderOf(needs)).toEqual([...['revisions', 'gates', 'tokens', 'records', 'letters', 'letters']])
})
